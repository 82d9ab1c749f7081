--[[ Formulas for typst.lua: Pandoc turns TeX into Typst, and this mends what it gets wrong.

tests/formulas.txt is the corpus that must come out right; look at it set when Pandoc or Typst
changes. ]]

local function quoted(text)
  return '"' .. text:gsub('[\\"]', '\\%0'):gsub('\n', '\\n'):gsub('\t', '\\t') .. '"'
end

-- A pair of \| is a norm when what it encloses is balanced; in KL(p \| q) + KL(q \| p) it is not.
local function norm(inside)
  local balanced = inside:gsub('%b()', ''):gsub('%b{}', ''):find('[(){}]') == nil
  return balanced and '\\lVert ' .. inside .. '\\rVert ' or nil
end

-- TeX that Pandoc reads but sets badly, said in a way that it sets well.
local TEX = {
  { '\\bm%f[%A]', '\\boldsymbol' },
  { '\\left%s*\\([lr][vV]ert)', '\\%1' },     -- \lVert…\rVert grow by themselves
  { '\\right%s*\\([lr][vV]ert)', '\\%1' },
  { '\\left%s*\\|', '\\lVert ' },
  { '\\right%s*\\|', '\\rVert ' },
  { '\\|(.-)\\|', norm },
  { '\\lvert', '\\left|' },                   -- single bars do not
  { '\\rvert', '\\right|' },
  { '\\left%s*%.(.-)\\right%s*|', '\\left(⟪%1\\right|' }, -- one-sided: ⟪ marks the empty side
  { '\\left%s*\\{%s*\\begin{array}%b{}(.-)\\end{array}%s*\\right%s*%.',
    '\\begin{cases}%1\\end{cases}' },
}

-- Typst source from Pandoc's writer, and what it should have been.
local TYPST = {
  { '%.circle%f[^%a]', '.o' },                 -- \odot, \otimes: newer Typst dropped the old names
  { '#h%(0em%)', 'thick' },                   -- \; (the writer rounds 5/18 to 0)
  { '#h%(%-1em%)', '#h(-0.167em)' },          -- \! (and -3/18 to -1)
  -- \bigl( as a scaled box of text loses its size, height and spacing
  { '#scale%(x: (%d+%%), y: %d+%%%)%[(\\?.[^%]]*)%]', 'lr(size: #%1, %2)' },
  { 'delim: "||"', 'delim: "|"' },            -- vmatrix
  { 'arrow%.([lr])([%^_])', 'stretch(arrow.%1)%2' }, -- \xrightarrow grows with its label
  { ' ?\\| ?', '\\|' },                       -- Typst keeps spaces beside a bar, TeX does not
  { ' \\\\ ', ' without ' },                  -- \setminus
  { 'lr%(%(chevron%.l%.double ', 'lr(' },
  { 'upright%(" ?([^"]-) ?"%)', 'upright("%1")' }, -- Typst puts spaces beside text by itself
  { 'cases%b()', function(cases) return (cases:gsub(' & ', ' & quad ')) end },
  -- \boxed holds a formula of its own: the alternative text of the whole one covers it
  { '%[%$ (.-) %$%]', '[#math.equation(alt: "", $%1$.body)]' },
}

-- \operatorname{tr} is written as plain text, "tr"; an operator has spacing (and, with a star,
-- limits).
local function operators(typst, tex)
  local limits = tex:find('\\operatorname*', 1, true) and ', limits: #true' or ''
  return (typst:gsub('([%w:]*)([( ]?)("[^"]*")', function(word, separator, name)
    if word == 'upright' or word:sub(-1) == ':' then return nil end
    return word .. separator .. 'op(' .. name .. limits .. ')'
  end))
end

local function typst_of(tex)
  local formula = pandoc.Plain { pandoc.Math('InlineMath', tex) }
  local typst = pandoc.write(pandoc.Pandoc { formula }, 'typst', { wrap_text = 'none' })
  return typst:match('^%$(.*)%$%s*$')  -- nil when it could not be converted
end

-- Typst for a formula, with its TeX as alternative text; numbered and labelled when it has an id.
local function equation(math, id)
  local tex = math.text
  for _, rule in ipairs(TEX) do tex = tex:gsub(rule[1], rule[2]) end
  local _, body = pandoc.log.silence(typst_of, tex)
  body = body or typst_of(math.text)  -- so that a warning quotes what the author wrote
  if not body then return '#raw(' .. quoted(math.text) .. ');' end
  for _, rule in ipairs(TYPST) do body = body:gsub(rule[1], rule[2]) end
  local alt = math.text:gsub('%s+', ' '):gsub('^ ', ''):gsub(' $', '')
  local display = math.mathtype == 'DisplayMath'
  local number, after = '', ';'
  if id then number, after = ', numbering: "(1)"', '#label(' .. quoted(id) .. ')' end
  return ('#math.equation(alt: %s, block: %s%s, $%s$.body)%s'):format(
    quoted(alt), display, number, operators(body, tex), after)
end

return { quoted = quoted, equation = equation }
