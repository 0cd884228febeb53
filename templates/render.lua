-- render.lua: templates whose line n is line n of a Lua chunk, so that Lua's own messages name the template's line.
-- A file that ends in .lua is all Lua: what it returns is what import() of it gives.
--
-- A line whose first character after blanks is '%' is Lua; ${expr} is a value; nothing else is special.  Values are strings
-- and integers; a float can only be written by f32().  Names, fields and globals that do not exist are errors.
--
-- Called by generator/emit/lua.c with its functions in 'host' (host_functions there).  Returns render(name, view).
local host = ...

-- The expression behind "${" at s, and the position behind its "}": braces nest, strings are skipped.
local function expression(line, s, where)
  local depth, i = 1, s
  while i <= #line do
    local c = line:sub(i, i)
    if c == '"' or c == "'" then
      i = line:find(c, i + 1, true) or #line
    elseif c == "{" then
      depth = depth + 1
    elseif c == "}" then
      depth = depth - 1
      if depth == 0 then return line:sub(s, i - 1), i + 1 end
    end
    i = i + 1
  end
  error(where .. ": ${ without its }", 0)
end

-- 'a ${e} b' becomes 'WRITE("a ", VALUE(e), " b")'.
local function text_line(line, where)
  local out, at = {}, 1
  while true do
    local s = line:find("${", at, true)
    if not s then break end
    local e, behind = expression(line, s + 2, where)
    if s > at then out[#out + 1] = ("%q"):format(line:sub(at, s - 1)) end
    out[#out + 1] = "VALUE((" .. e .. "))"
    at = behind
  end
  if at <= #line then out[#out + 1] = ("%q"):format(line:sub(at)) end
  return "WRITE(" .. table.concat(out, ", ") .. ")"
end

local function translate(text, name)
  local lua, n = {}, 0
  for line in (text:gsub("\n$", "") .. "\n"):gmatch("(.-)\n") do
    n = n + 1
    lua[n] = line:match("^%s*%%(.*)$") or text_line(line, name .. ":" .. n)
  end
  return table.concat(lua, "\n")
end

-- Extents: sizes that are known only when the output runs, as sums { add = n, { times = n, name = "steps" }, ... }.  They
-- calculate as integers do, and are one where no name is left.  Greater than any number they "may be": they are 1 or more.
local extent = host.extent

local function is_extent(v) return getmetatable(v) == extent end

local function combined(a, b, factor)
  local sum = { add = (is_extent(a) and a.add or a) + factor * (is_extent(b) and b.add or b) }
  local function take(e, by)
    for _, term in ipairs(is_extent(e) and e or {}) do
      local found
      for _, t in ipairs(sum) do if t.name == term.name then found = t end end
      if not found then
        found = { times = 0, name = term.name }
        sum[#sum + 1] = found
      end
      found.times = found.times + by * term.times
    end
  end
  take(a, 1)
  take(b, factor)
  for i = #sum, 1, -1 do if sum[i].times == 0 then table.remove(sum, i) end end
  return #sum == 0 and sum.add or setmetatable(sum, extent)
end

function extent.__add(a, b) return combined(a, b, 1) end
function extent.__sub(a, b) return combined(a, b, -1) end
function extent.__mul(a, b)
  if is_extent(a) and is_extent(b) then host.fail("a product of two extents") end
  if is_extent(a) then a, b = b, a end
  return combined(0, b, a)
end
function extent.__lt(a, b)
  if is_extent(a) then host.fail("an extent is compared with <") end
  return true
end
extent.__le = extent.__lt

-- "2 * steps - pad_left + 3"; tight: in brackets where it is a sum.
local function extent_text(e, tight)
  local parts = {}
  local function add(n, name)
    local size = math.abs(n)
    local text = not name and tostring(size) or size == 1 and name or size .. " * " .. name
    local sign = #parts == 0 and (n < 0 and "-" or "") or n < 0 and " - " or " + "
    parts[#parts + 1] = sign .. text
  end
  for _, t in ipairs(e) do if t.times > 0 then add(t.times, t.name) end end
  if e.add > 0 then add(e.add) end
  for _, t in ipairs(e) do if t.times < 0 then add(t.times, t.name) end end
  if e.add < 0 then add(e.add) end
  local text = table.concat(parts)
  return tight and #parts > 1 and "(" .. text .. ")" or text
end

-- A factor, or what is taken off: sums in brackets.
local function tight(v) return is_extent(v) and extent_text(v, true) or tostring(v) end

-- Only strings, integers and extents have one text.
local function value(v)
  if is_extent(v) then return extent_text(v) end
  local t = math.type(v) or type(v)
  if t == "integer" then return tostring(v) end
  if t == "string" then return v end
  host.fail(("cannot write a %s; a float goes through f32()"):format(t == "float" and t or type(v)))
end

extent.__concat = function(a, b) return value(a) .. value(b) end

local function fmt(pattern, ...)
  local list = { ... }
  for i = 1, #list do
    local text = value(list[i])
    if is_extent(list[i]) then list[i] = text end
  end
  return pattern:format(table.unpack(list))
end

-- for i in each(3): 0, 1, 2.  for i in each(a, b): a .. b - 1.
local function each(a, b)
  local from, to = b and a or 0, b or a
  return function(_, i) i = i + 1; if i < to then return i end end, nil, from - 1
end

local COLUMNS = 88

-- head .. arguments .. tail as lines of at most 88 columns, broken behind commas and aligned behind the head.
local function call(head, arguments, tail)
  local lines, line = {}, head
  local n = #arguments
  for i, argument in ipairs(arguments) do
    local piece = argument .. (i < n and "," or tail)
    if line == head then
      line = line .. piece
    elseif #line + 1 + #piece <= COLUMNS then
      line = line .. " " .. piece
    else
      lines[#lines + 1] = line
      line = (" "):rep(#head) .. piece
    end
  end
  lines[#lines + 1] = line
  return lines
end

-- A statement, as lines of at most 88 columns where it is a call ("f(a, b);", "v = f(a, b);").
local function call_lines(indent, statement)
  local head, rest = statement:match("^([%w_ =+]+%()(.*%);)$")
  if #indent + #statement <= COLUMNS or not head then return { indent .. statement } end
  local list, depth, from = {}, 0, 1
  for i = 1, #rest - 2 do
    local c = rest:sub(i, i)
    if c == "(" then depth = depth + 1 elseif c == ")" then depth = depth - 1 end
    if c == "," and depth == 0 then
      list[#list + 1] = rest:sub(from, i - 1)
      from = i + 2
    end
  end
  list[#list + 1] = rest:sub(from, #rest - 2)
  local lines = call(indent .. head, list, ");")
  for _, line in ipairs(lines) do
    if #line > COLUMNS then return { indent .. head, indent .. "    " .. table.concat(list, ", ") .. ");" } end
  end
  return lines
end

-- Text as lines of at most 'width' columns, broken at blanks.
local function wrap(text, width)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if line ~= "" and #line + 1 + #word > width then
      lines[#lines + 1] = line
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return lines
end

-- Rows of texts as lines, their columns aligned and 'gap' blanks apart.
local function columns(rows, gap)
  local width, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do width[i] = math.max(width[i] or 0, #cell) end
  end
  for n, row in ipairs(rows) do
    local cells = {}
    for i, cell in ipairs(row) do cells[i] = cell .. (" "):rep(width[i] - #cell + gap) end
    lines[n] = table.concat(cells):gsub(" +$", "")
  end
  return lines
end

-- 1234567 as "1,234,567".
local function count(n)
  local text = value(n):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (text:gsub("^,", ""))
end

-- By C function: the lengths that are passed to it behind its other arguments.
local lengths_passed = {}

local globals = {
  lengths_passed = lengths_passed,
  ipairs = ipairs, select = select, tostring = value, tonumber = tonumber, type = type, error = error, assert = assert,
  min = math.min, max = math.max, rep = string.rep, concat = table.concat, insert = table.insert,
  fmt = fmt, each = each, call = call, wrap = wrap, columns = columns, count = count, f32 = host.f32, comment = host.comment, id = host.id,
  table_name = host.table_name, write_table = host.table, write_data = host.data, is_extent = is_extent, tight = tight,
  VALUE = value, WRITE = host.write,
}

-- The field where the map has it, else nil.
local function optional(map, key)
  if type(map) == "table" then return rawget(map, key) end
  for _, k in ipairs(host.keys(map)) do
    if k == key then return map[key] end
  end
end
globals.optional = optional

local compiled = {}  -- by name: a function of the names that the template may use
local run

-- The instruction set's spellings (isa/NAME.lua); a field that it does not have is an error.
local function vectors(env)
  local own = {}
  for k, v in next, globals do own[k] = v end
  own.model = env.model
  local V = setmetatable(run("isa/" .. env.model.isa .. ".lua", own), {
    __index = function(_, k) host.fail("isa/" .. env.model.isa .. ".lua has no '" .. tostring(k) .. "'") end,
  })
  V.widths = {}
  for _, n in ipairs(env.model.widths) do table.insert(V.widths, n) end
  env.V = V
  -- One multiply-add of vectors of n lanes, a statement.
  env.vmadd = function(n, acc, x, w)
    if env.model.fused then return ("%s = %s;"):format(acc, V.fma(n, x, w, acc)) end
    return ("%s += %s * %s;"):format(acc, x, w)
  end
  -- The same, x a scalar, where the instruction set has that (V.fma_by).
  env.vmadd_by = function(n, acc, x, w)
    if env.model.fused then return ("%s = %s;"):format(acc, V.fma_by(n, x, w, acc)) end
    return ("%s += %s;"):format(acc, V.multiply_by(n, x, w))
  end
  env.statement = function(indent, text)
    for _, line in ipairs(call_lines(indent, text)) do host.write(line) end
  end
  -- Stores the first k lanes of v; k nil or n: all.
  env.vstore = function(indent, n, p, v, k)
    local text = (not k or k >= n) and V.store(n, p, v) or V.store_part(n, p, v, k)
    for statement in text:gmatch("[^\n]+") do env.statement(indent, statement) end
  end
  env.vload = function(n, p, k) return (not k or k >= n) and V.load(n, p) or V.load_part(n, p, k) end
end

-- What is known once a model and a layer (a step's L) are chosen.
local function layer_globals(env, L)
  local fused = env.model.fused
  vectors(env)
  env.LENGTHS = optional(L, "lengths") or {}
  env.LOCALS = optional(env.K, "locals") or {}
  env.has_act = L.act ~= ""
  -- As many instructions whatever the data: see kernels/common.ct.
  env.steady = rawget(env.V, "steady") or false
  -- The float unit's own assembly (kernels/vfp.ct).
  env.has_assembly = rawget(env.V, "assembly") or false
  env.runtime = function(symbol) return host.runtime(L.prefix, symbol) end
  -- A function of runtime/requantise.h.
  env.integer_runtime = function(symbol) return host.integer_runtime(L.prefix, symbol) end
  -- The same on n lanes (1: float).
  env.vruntime = function(n, symbol)
    if n == 1 then return env.runtime(symbol) end
    local V = env.V
    return host.runtime(L.prefix, symbol, n, V.type(n), V.splat(n, "@"), V.most(n), V.least(n), optional(V, "predicates"))
  end
  -- The activation 'key' of L ("act", "add_act") of text.
  local function activated(n, key, text)
    local symbol = L[key]
    if symbol == "" then return text end
    if n == 1 and symbol == "relu" then symbol = rawget(env.V, "relu") or symbol end
    local arguments = { text }
    for _, c in ipairs(L[key .. "_constants"]) do arguments[#arguments + 1] = host.f32(c) end
    return env.vruntime(n, symbol) .. "(" .. table.concat(arguments, ", ") .. ")"
  end
  env.act = function(text) return activated(1, "act", text) end
  env.vact = function(n, text) return activated(n, "act", text) end
  -- What an Add that is done on the way (L.add) makes of the value, activated before, and the other operand.
  env.has_add = L.add ~= ""
  env.vfinal = function(n, text) return activated(n, "add_act", text) end
  env.vadded = function(n, text, other) return env.vfinal(n, text .. " + " .. other) end
  env.madd = function(acc, x, w)
    if fused then return ("%s = %s_FMA(%s, %s, %s);"):format(acc, L.macro, x, w, acc) end
    return ("%s += %s * %s;"):format(acc, x, w)
  end
  env.sym = function(h) return L.prefix .. "_" .. host.table_name(h) end
  env.table = function(h)
    if h.doc ~= "" then
      local lines = wrap(h.doc, COLUMNS - 6)
      for i, line in ipairs(lines) do
        host.write(i == 1 and "/* " or " * ", host.comment(line, COLUMNS), i == #lines and " */" or "")
      end
    end
    local name, apart = env.sym(h), h.is_apart and optional(env.model, "apart")
    if not apart then
      local qualifier = L.macro .. "_CONST"
      if h.align > 0 then qualifier = ("%s %s_ALIGN(%d)"):format(qualifier, L.macro, h.align) end
      host.table(h, qualifier, name)
    elseif apart.form == "incbin" then
      host.write(L.macro, "_EXTERN ", L.macro, "_HIDDEN const ", h.type, " ", name, "[", value(h.n), "];")
    else
      host.write("static const ", h.type, " *const ", name, " =")
      host.write("    ", L.prefix, "_tables.values.", name, ";  /* [", value(h.n), "] */")
    end
  end
end

local function environment(view)
  local env = {}
  for k, v in next, globals do env[k] = v end
  for _, k in ipairs(host.keys(view)) do env[k] = view[k] end
  return env
end

local function open(env)
  -- What a template of shared functions returns; it sees this template's names.
  env.import = function(name) return run(name, env) end
  env.include = function(name, more)
    local inner = environment(env.VIEW)
    inner.VIEW = env.VIEW
    if more then for _, k in ipairs(host.keys(more)) do inner[k] = more[k] end end
    if rawget(inner, "L") then layer_globals(inner, inner.L) end
    run(name, inner)
  end
  -- What f writes, without empty lines around it.
  env.capture = function(f)
    local at = host.mark()
    f()
    return host.cut(at)
  end
  env.paste = host.paste
  env.runtime_text = host.runtime_text
  env.has_runtime = host.has_runtime
  env.non_finite = host.non_finite
  return setmetatable(env, {
    __index = function(_, k) host.fail("no name '" .. tostring(k) .. "'") end,
    __newindex = function(_, k) host.fail("'" .. tostring(k) .. "' is not declared local") end,
  })
end

function run(name, env)
  if not compiled[name] then
    local source = host.source(name)
    compiled[name] = host.compile(name:find("%.lua$") and source or translate(source, name), name)()
  end
  return compiled[name](open(env))
end

return function(name, view)
  for k in next, lengths_passed do lengths_passed[k] = nil end
  local env = environment(view)
  env.VIEW = view
  run(name, env)
end
