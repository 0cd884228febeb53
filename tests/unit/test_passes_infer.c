/* infer: shapes, and what is wrong with a graph. */
#include "capture.h"
#include "layer_nodes.h"
