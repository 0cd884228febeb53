-- neon_integer.lua: how AArch64 spells vectors of 4 integers of 32 bits: import("isa/neon_integer.lua")(V, dots); dots: it has sdot.
-- kernels/integer_vectors.ct says what each is.
return function(V, dots)
  function V.itype(n) return "int32x4_t" end
  function V.iload(n, p) return "vld1q_s32(" .. p .. ")" end
  -- Weights are loaded as they lie.
  function V.wload(n, type, p)
    local s = type == "int8_t" and "s8" or "s16"
    return fmt("vreinterpretq_s32_%s(vld1q_%s(%s))", s, s, p)
  end
  function V.isplat(n, x) return "vdupq_n_s32(" .. x .. ")" end
  function V.ilow(n, m, v) return v end

  function V.dot(n, from)
    if from == "int8_t" and dots then
      return { '__asm__("sdot %0.4s, %1.16b, %2.16b" : "+w"(a) : "w"(x), "w"(w));', "return a;" }
    elseif from == "int8_t" then
      return { "const int16x8_t halves = vreinterpretq_s16_s32(x);",
        "const int8x16_t first = vreinterpretq_s8_s16(vuzp1q_s16(halves, halves));",
        "const int8x16_t second = vreinterpretq_s8_s16(vuzp2q_s16(halves, halves));",
        "const int8x16_t weights = vreinterpretq_s8_s32(w);",
        "const int16x8_t part = vmull_s8(vget_low_s8(first), vget_low_s8(weights));", "",
        "return vpadalq_s16(a, vmlal_high_s8(part, second, weights));" }
    end
    return { "const int16x8_t pairs = vreinterpretq_s16_s32(x), weights = vreinterpretq_s16_s32(w);",
      "const int16x8_t first = vuzp1q_s16(pairs, pairs), second = vuzp2q_s16(pairs, pairs);", "",
      "a = vmlal_s16(a, vget_low_s16(first), vget_low_s16(weights));",
      "return vmlal_high_s16(a, second, weights);" }
  end

  function V.bring(from, to)
    if from == "uint8_t" and to == "int8_t" then
      return 16, { "vst1q_s8(q, vreinterpretq_s8_u8(veorq_u8(vld1q_u8(p), vdupq_n_u8(128))));" }
    elseif from == "int8_t" and to == "int16_t" then
      return 8, { "vst1q_s16(q, vmovl_s8(vld1_s8(p)));" }
    elseif from == "uint8_t" and to == "int16_t" then
      return 8, { "vst1q_s16(q, vreinterpretq_s16_u16(vmovl_u8(vld1_u8(p))));" }
    end
    return nil
  end

  -- A function's body: bytes at q are what a table has for those at p (kernels/integer_lookup_vectors.c): how many at a time, and how.
  function V.lookup(K, from, results)
    local x, lines = from == "int8_t" and "veorq_u8(vreinterpretq_u8_s8(vld1q_s8(p)), vdupq_n_u8(128))" or "vld1q_u8(p)", {}
    local function put(name, value)
      insert(lines, fmt("const uint8x16_t %s = %s;", name, value))
      return name
    end
    x = put("x", x)
    if K.first > 0 then x = put("above", fmt("vqsubq_u8(%s, vdupq_n_u8(%d))", x, K.first)) end
    if K.last < 255 then x = put("within", fmt("vminq_u8(%s, vdupq_n_u8(%d))", x, K.last - K.first)) end
    -- An index beyond its 64 entries leaves what was found.
    local y
    for i in each((K.blocks + 3) // 4) do
      local entries = fmt("vld1q_u8_x4(%s)", i == 0 and results or fmt("%s + %d", results, 64 * i))
      if i == 0 then y = put("y0", fmt("vqtbl4q_u8(%s, %s)", entries, x))
      else y = put("y" .. i, fmt("vqtbx4q_u8(%s, %s, vsubq_u8(%s, vdupq_n_u8(%d)))", y, entries, x, 64 * i)) end
    end
    insert(lines, "")
    insert(lines, K.signed and fmt("vst1q_s8(q, vreinterpretq_s8_u8(%s));", y) or fmt("vst1q_u8(q, %s);", y))
    return 16, lines
  end

  -- 4 numbers at p in lanes of their own, as the products take them: in the lowest bits, 0 above.
  function V.own(n, from, to, group)
    local lines
    if from == "int16_t" then
      lines = { "const uint32x4_t own = vmovl_u16(vreinterpret_u16_s16(vld1_s16(p)));", "" }
    else
      lines = { fmt("const uint32x2_t few = vdup_n_u32((uint32_t)%s);", group) }
      if from == "int8_t" and to == "int16_t" then
        insert(lines, "const int16x4_t words = vget_low_s16(vmovl_s8(vreinterpret_s8_u32(few)));")
        insert(lines, "const uint32x4_t own = vmovl_u16(vreinterpret_u16_s16(words));")
      else
        insert(lines, "const uint16x4_t words = vget_low_u16(vmovl_u8(vreinterpret_u8_u32(few)));")
        insert(lines, "const uint32x4_t own = vmovl_u16(words);")
      end
      insert(lines, "")
    end
    local flips = from ~= to and to ~= "int16_t"
    insert(lines, fmt("return vreinterpretq_s32_u32(%s);", flips and "veorq_u32(own, vdupq_n_u32(0x80))" or "own"))
    return lines
  end
  -- v, above it e.
  function V.above(n, v, e, by) return fmt("vorrq_s32(%s, vshlq_n_s32(%s, %d))", v, e, by) end
  function V.istore(n, p, v) return fmt("vst1q_s32(%s, %s);", p, v) end

  function V.scale(n, K, mantissa, shift, rounding)
    if K.twice then
      return { fmt("const int32x4_t down = vnegq_s32(vld1q_s32(%s + f));", shift),
        fmt("const int32x4_t high = vqrdmulhq_s32(a, vld1q_s32(%s + f));", mantissa),
        "/* Ties of negative numbers go away from 0, too. */",
        "const int32x4_t below = vshrq_n_s32(vandq_s32(high, down), 31);", "",
        fmt("return vaddq_s32(vrshlq_s32(vaddq_s32(high, below), down), vdupq_n_s32(%d));", K.zero) }
    end
    return { fmt("const int32x4_t m = vld1q_s32(%s + f);", mantissa),
      fmt("const int32x4_t down = vsubq_s32(vdupq_n_s32(-31), vld1q_s32(%s + f));", shift),
      fmt("const int64x2_t half = vld1q_s64(%s + f);", rounding),
      fmt("const int64x2_t high_half = vld1q_s64(%s + f + 2);", rounding),
      "const int64x2_t low = vmlal_s32(half, vget_low_s32(a), vget_low_s32(m));",
      "const int64x2_t high = vmlal_high_s32(high_half, a, m);", "",
      "return vcombine_s32(vmovn_s64(vshlq_s64(low, vmovl_s32(vget_low_s32(down)))),",
      "                    vmovn_s64(vshlq_s64(high, vmovl_high_s32(down))));" }
  end

  local range = { int8_t = { -128, 127, 1 }, uint8_t = { 0, 255, 1 }, int16_t = { -32768, 32767, 2 } }
  function V.put(n, K, to, v, k)
    local least, most, size = range[to][1], range[to][2], range[to][3]
    local within = "words"
    if K.least > least then within = fmt("vmax_s16(%s, vdup_n_s16(%d))", within, K.least) end
    if K.most < most then within = fmt("vmin_s16(%s, vdup_n_s16(%d))", within, K.most) end
    local lines = { fmt("const int16x4_t words = vqmovn_s32(%s);", v), fmt("const int16x4_t within = %s;", within) }
    if to == "int16_t" and k == 4 then
      insert(lines, "")
      insert(lines, "vst1_s16(y, within);")
      return lines
    elseif to == "int16_t" then
      insert(lines, "int16_t part[4];")
      insert(lines, "")
      insert(lines, "vst1_s16(part, within);")
    else
      local s = to == "int8_t" and "s" or "u"
      insert(lines, fmt("%s part[8];", to))
      insert(lines, "")
      insert(lines, fmt("vst1_%s8(part, %s(vcombine_s16(within, within)));", s, s == "s" and "vqmovn_s16" or "vqmovun_s16"))
    end
    insert(lines, fmt("memcpy(y, part, %d);", k * size))
    return lines
  end
end
