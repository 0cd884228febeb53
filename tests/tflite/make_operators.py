#!/usr/bin/env python3
"""make_operators.py OUT.tar.gz: TFLite models of single operators as TensorFlow's converter writes them, with what TFLite's reference
kernels give: NAME.tflite, NAME.in0.npy, .., NAME.out0.npy, .. (two samples each).  For tests/tflite/run.sh."""
import io
import os
import sys
import tarfile

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np
import tensorflow as tf

MODELS = {}
RNG = np.random.default_rng(5)


def weights(*shape):
	return tf.constant(RNG.normal(0, .5, shape).astype(np.float32))


def model(name, *shapes):
	def add(function):
		MODELS[name] = (function, shapes)
	return add


@model('height',(1,20,1,3))
def _(x):
	return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x,weights(5,1,3,4),[1,2,1,1],'SAME'),weights(4)))
@model('unit_taps',(1,1,20,3))
def _(x):
	return tf.nn.relu6(tf.nn.conv2d(x,weights(3,5,3,4),1,'SAME')+weights(4))
@model('unit_taps_h',(1,20,1,3))
def _(x):
	return tf.nn.conv2d(x,weights(4,3,3,4),1,'SAME')+weights(4)
@model('dw2',(1,1,20,3))
def _(x):
	return tf.nn.depthwise_conv2d(x,weights(1,4,3,2),[1,1,1,1],'SAME',dilations=[1,1])+weights(6)
@model('dw_unit',(1,20,1,3))
def _(x):
	return tf.nn.depthwise_conv2d(x,weights(4,3,3,1),[1,2,2,1],'SAME')+weights(3)
@model('dilated',(1,1,31,3))
def _(x):
	return tf.nn.conv2d(x,weights(1,3,3,4),1,'SAME',dilations=[1,1,3,1])+weights(4)
@model('dilated_even',(1,1,32,3))
def _(x):
	return tf.nn.conv2d(x,weights(1,4,3,4),1,'VALID',dilations=[1,1,2,1])+weights(4)
@model('dw_dilated',(1,1,31,3))
def _(x):
	return tf.nn.depthwise_conv2d(x,weights(1,3,3,1),[1,1,1,1],'SAME',dilations=[1,2])+weights(3)
@model('grouped',(1,1,20,6))
def _(x):
	return tf.nn.conv2d(x,weights(1,3,2,9),1,'SAME')+weights(9)
@model('pad_conv',(1,20,3))
def _(x):
	return tf.nn.conv1d(tf.pad(x,[[0,0],[2,1],[0,0]]),weights(4,3,5),1,'VALID')+weights(5)
@model('pad_same',(1,20,3))
def _(x):
	return tf.nn.conv1d(tf.pad(x,[[0,0],[1,1],[0,0]]),weights(3,3,5),1,'VALID')+weights(5)
@model('pad_stride',(1,21,3))
def _(x):
	return tf.nn.conv1d(tf.pad(x,[[0,0],[3,2],[0,0]]),weights(4,3,5),2,'VALID')+weights(5)
@model('pad_channels',(1,20,3))
def _(x):
	return tf.pad(x,[[0,0],[1,0],[2,1]])*2.0
@model('padv2',(1,20,3))
def _(x):
	return tf.raw_ops.PadV2(input=x,paddings=[[0,0],[2,1],[0,1]],constant_values=0.25)
@model('mirror_reflect',(1,20,3))
def _(x):
	return tf.pad(x,[[0,0],[3,2],[0,1]],'REFLECT')
@model('mirror_symmetric',(1,20,3))
def _(x):
	return tf.pad(x,[[0,0],[3,2],[0,0]],'SYMMETRIC')
@model('tile',(1,6,3))
def _(x):
	return tf.tile(x,[1,2,3])
@model('resize',(1,8,1,3))
def _(x):
	return tf.compat.v1.image.resize_nearest_neighbor(x,[24,1])
@model('resize_down',(1,1,24,3))
def _(x):
	return tf.compat.v1.image.resize_nearest_neighbor(x,[1,8])
@model('resize_half',(1,1,8,3))
def _(x):
	return tf.compat.v1.image.resize_nearest_neighbor(x,[1,40],half_pixel_centers=True)
@model('split',(1,20,6))
def _(x):
	a,b,c=tf.split(x,3,axis=2)
	return a*b+c
@model('split_v',(1,20,6))
def _(x):
	a,b=tf.split(x,[5,15],axis=1)
	return tf.concat([b,a],1), a
@model('strided',(1,20,6))
def _(x):
	return x[:,2:18:3,1:5], x[:,::-1,:], x[:,4], x[:,:,-1]
@model('slice',(1,20,6))
def _(x):
	return tf.slice(x,[0,3,1],[1,10,4])
@model('gather',(1,20,6))
def _(x):
	return tf.gather(x,[1,3,5],axis=2)
@model('transpose',(1,20,6))
def _(x):
	return tf.transpose(x,[0,2,1])
@model('transpose4',(1,1,20,6))
def _(x):
	return tf.transpose(x,[0,2,1,3])
@model('merge',(1,20,6),(1,20,6))
def _(x, y):
	return x+y, x-y, x*y, tf.maximum(x,y), tf.minimum(x,y)
@model('merge_act',(1,20,6),(1,20,6))
def _(x, y):
	return tf.nn.relu(x+y), tf.nn.relu6(x-y), tf.nn.relu(x*y)
@model('broadcast',(1,20,6),(1,1,6))
def _(x, y):
	return x+y, y-x, x*y, tf.maximum(x,y)
@model('broadcast_t',(1,20,6),(1,20,1))
def _(x, y):
	return x+y, x*y
@model('consts',(1,20,6))
def _(x):
	return x+weights(6), x-weights(6), weights(6)-x, x*weights(6), tf.maximum(x,0.1), tf.minimum(x,weights(20,6))
@model('consts_full',(1,20,6))
def _(x):
	return x+weights(20,6), x*weights(20,1), 1.0-x
@model('reduce',(1,20,6))
def _(x):
	return tf.reduce_mean(x,1), tf.reduce_mean(x,2), tf.reduce_max(x,1), tf.reduce_min(x,2,keepdims=True)
@model('reduce4',(1,1,20,6))
def _(x):
	return tf.reduce_mean(x,[1,2]), tf.reduce_max(x,[1,2],keepdims=True), tf.reduce_mean(x,[1,2,3])
@model('pools',(1,1,21,6))
def _(x):
	return tf.nn.max_pool2d(x,[1,3],[1,2],'SAME'), tf.nn.avg_pool2d(x,[1,3],[1,2],'SAME'), tf.nn.relu(tf.nn.avg_pool2d(x,[1,4],[1,4],'VALID'))
@model('pools_unit',(1,21,1,6))
def _(x):
	return tf.nn.max_pool2d(x,[3,3],[2,2],'SAME'), tf.nn.avg_pool2d(x,[4,2],[3,1],'SAME')
@model('functions',(1,20,6))
def _(x):
	return tf.nn.leaky_relu(x,.3), tf.sigmoid(x), tf.tanh(x), x*tf.nn.relu6(x+3)/6
@model('functions2',(1,20,6))
def _(x):
	return tf.nn.relu(x), tf.nn.relu6(x), tf.clip_by_value(x,-1.,1.), tf.nn.softmax(x), tf.nn.log_softmax(x)
@model('transposed',(1,1,10,6))
def _(x):
	return tf.nn.conv2d_transpose(x,weights(1,5,4,6),[1,1,20,4],[1,1,2,1],'SAME')+weights(4), tf.nn.conv2d_transpose(x,weights(1,4,4,6),[1,1,31,4],[1,1,3,1],'VALID')
@model('transposed_h',(1,10,1,6))
def _(x):
	return tf.nn.conv2d_transpose(x,weights(3,1,4,6),[1,19,1,4],[1,2,1,1],'SAME')
@model('transposed_valid_more',(1,1,10,6))
def _(x):
	return tf.nn.conv2d_transpose(x,weights(1,3,4,6),[1,1,22,4],[1,1,2,1],'VALID')
@model('dense',(1,7,6))
def _(x):
	return tf.matmul(tf.reshape(x,[1,42]),weights(42,5))+weights(5), tf.nn.relu(tf.matmul(tf.reshape(x,[7,6]),weights(6,4)))
@model('rank2',(1,30))
def _(x):
	return tf.nn.softmax(tf.matmul(x,weights(30,5))+weights(5))
@model('concat',(1,20,3),(1,20,2))
def _(x, y):
	return tf.concat([x,y],2), tf.concat([x,x],1), tf.concat([tf.reduce_mean(x,1),tf.reduce_max(y,1)],1)
@model('concat_unit',(1,4),(1,4))
def _(x, y):
	return tf.stack([x,y],1), tf.stack([x,y],2)
def _(x):
	return tf.nn.conv1d(x[None],weights(3,3,5),1,'SAME')[0]
@model('view_out',(1,1,20,3))
def _(x):
	return tf.reshape(x,[1,60]), tf.reshape(x,[1,20,3])
@model('sum', (1, 20, 6))
def _(x):
	return tf.reduce_sum(x, 1)
@model('stride_dilated',(1,1,40,4))
def _(x):
	y = tf.raw_ops.Conv2D(input=x,filter=weights(1,3,4,6),strides=[1,1,2,1],dilations=[1,1,3,1],padding='SAME')
	return tf.nn.relu(y+weights(6)), tf.raw_ops.Conv2D(input=x,filter=weights(1,4,2,4),strides=[1,1,3,1],dilations=[1,1,2,1],padding='VALID')
@model('dw_stride_dilated',(1,40,1,4))
def _(x):
	return tf.raw_ops.DepthwiseConv2dNative(input=x,filter=weights(3,1,4,1),strides=[1,2,2,1],dilations=[1,2,1,1],padding='SAME')+weights(4)
@model('reverse',(1,20,6))
def _(x):
	return tf.reverse(x,[1]), tf.reverse(x,[1,2])
@model('gather_uneven',(1,20,6))
def _(x):
	return tf.gather(x,[1,0,3,3,5],axis=2), tf.gather(x,[0,1,7,3],axis=1)
@model('resize_uneven',(1,1,8,3))
def _(x):
	return tf.compat.v1.image.resize_nearest_neighbor(x,[1,11]), tf.compat.v1.image.resize_nearest_neighbor(x,[1,13],align_corners=True)
@model('absolute',(1,20,3))
def _(x):
	return tf.abs(x)
@model('fake_weights',(1,1,20,3))
def _(x):
	most = tf.constant([1.,.5,2.,1.])
	return tf.nn.conv2d(x,tf.quantization.fake_quant_with_min_max_vars_per_channel(weights(1,3,3,4),-most,most,narrow_range=True),1,'SAME')


KINDS = {
	'f32': (None, None), 'i8': (tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.int8), 'u8': (tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.uint8),
	'i16': (tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8, tf.int16),
}
# Not what the reference kernels compute: SUM of int8 is -1 whatever its input is.  ABS of integers is not supported.
LEFT_OUT = {'sum': ('i8', 'u8', 'i16'), 'absolute': ('i8', 'u8', 'i16')}
# Models of uint8 are those of int8 between two QUANTIZE: some do.
UINT8 = ('height', 'merge', 'pools', 'reduce', 'transposed', 'split_v')


def convert(function, shapes, kind):
	global RNG
	RNG = np.random.default_rng(5)
	signature = [tf.TensorSpec(shape, tf.float32, name='x%d' % i) for i, shape in enumerate(shapes)]
	concrete = tf.function(function, input_signature=signature).get_concrete_function()
	converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
	ops, dtype = KINDS[kind]
	if dtype is not None:
		data = [[RNG.normal(0, 1, shape).astype(np.float32) for shape in shapes] for _ in range(16)]
		converter.optimizations = [tf.lite.Optimize.DEFAULT]
		converter.representative_dataset = lambda: iter(data)
		converter.target_spec.supported_ops = [ops]
		converter.inference_input_type = converter.inference_output_type = dtype
	return converter.convert()


def draw(detail):
	shape, dtype = tuple(detail['shape']), detail['dtype']
	if dtype == np.float32:
		return RNG.normal(0, 1, shape).astype(dtype)
	limits = np.iinfo(dtype)
	return RNG.integers(limits.min, limits.max + 1, shape).astype(dtype)


def without_batch(array):
	return array[0] if array.ndim > 1 and array.shape[0] == 1 else array


def run(content, samples=2):
	reference = tf.lite.experimental.OpResolverType.BUILTIN_REF
	interpreter = tf.lite.Interpreter(model_content=content, experimental_op_resolver_type=reference)
	interpreter.allocate_tensors()
	arrays = {}
	for _ in range(samples):
		for i, detail in enumerate(interpreter.get_input_details()):
			value = draw(detail)
			interpreter.set_tensor(detail['index'], value)
			arrays.setdefault('in%d' % i, []).append(without_batch(value))
		interpreter.invoke()
		for i, detail in enumerate(interpreter.get_output_details()):
			arrays.setdefault('out%d' % i, []).append(without_batch(interpreter.get_tensor(detail['index']).copy()))
	return {name: np.stack(values) for name, values in arrays.items()}


def add_file(archive, name, content):
	info = tarfile.TarInfo(name)
	info.size = len(content)
	archive.addfile(info, io.BytesIO(content))


def add_model(archive, name, content, arrays):
	add_file(archive, name + '.tflite', content)
	for key, array in arrays.items():
		data = io.BytesIO()
		np.save(data, array)
		add_file(archive, '%s.%s.npy' % (name, key), data.getvalue())


def main():
	with tarfile.open(sys.argv[1], 'w:gz') as archive:
		for name, (function, shapes) in MODELS.items():
			for kind in KINDS:
				if kind in LEFT_OUT.get(name, ()) or (kind == 'u8' and name not in UINT8):
					continue
				try:
					content = convert(function, shapes, kind)
					arrays = run(content)
				except Exception as error:    # the converter or the interpreter has no form of it
					print('%s_%s: left out: %s' % (name, kind, str(error)[:100]))
					continue
				add_model(archive, '%s_%s' % (name, kind), content, arrays)


main()
