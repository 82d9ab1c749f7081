--[[ Pandoc filter for the handout: what Pandoc's Typst writer leaves out or gets wrong.

PDF/UA-1 demands an alternative text on every formula and image, and the writer drops both.
Divs, figures and code become calls of the functions that handout.typ.j2 defines.
Run it after citeproc: pandoc -f json -t typst --citeproc --lua-filter templates/typst.lua ]]

local folder = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local formulas = dofile(pandoc.path.join { folder, 'typst-math.lua' })
local quoted = formulas.quoted

local function inline(typst) return pandoc.RawInline('typst', typst) end

local function block(typst) return pandoc.RawBlock('typst', typst) end

-- In markup a label goes to the element before it; #label("…") is the form that takes any id.
local function label(id) return id == '' and '' or '#label(' .. quoted(id) .. ')' end

-- `#head[title])[blocks]` or `#head[blocks]`: Pandoc writes what is inside, we write what is around
-- it. A title stays inline, since it must not become a paragraph.
local function call(head, blocks, id, title)
  local out = pandoc.Blocks { block('#' .. head .. '[') }
  if title then
    local first = { inline('#' .. head .. '['), pandoc.Span(title), inline('])[') }
    out = pandoc.Blocks { pandoc.Plain(first) }
  end
  out:extend(blocks)
  out:insert(block(']' .. label(id or '')))
  return out
end

-- Images and figures ---------------------------------------------------------------------------

local function picture(image)
  local alt = image.attributes['fig-alt'] or pandoc.utils.stringify(image.caption)
  local width = image.attributes.width or ''
  local pixels = width:match('^([%d.]+)px$') or width:match('^[%d.]+$')
  width = width:match('^[%d.]+%%$') or pixels and pixels * 0.75 .. 'pt' or 'auto'
  return ('%s, alt: %s, width: %s'):format(quoted(image.src), quoted(alt), width)
end

-- An image alone in its paragraph is a picture of its own; one in a line of text stays in the line.
local function lone_image(paragraph)
  local content = paragraph.content
  if #content == 1 and content[1].t == 'Image' then
    return block('#picture(' .. picture(content[1]) .. ')')
  end
end

local KINDS = { tbl = 'table', lst = 'raw' }

local function figure(fig)
  local kind = KINDS[fig.identifier:match('^%a+')] or 'image'
  local caption = pandoc.utils.blocks_to_inlines(fig.caption.long)
  if #caption == 0 then return call('block', fig.content, fig.identifier) end
  local head = ('figure(kind: %s, caption: '):format(kind)
  return call(head, fig.content, fig.identifier, caption)
end

-- Code and divs --------------------------------------------------------------------------------

-- Code of so few lines is not broken over pages.
local WHOLE = 20
local function is_whole(text) return select(2, text:gsub('\n', '')) < WHOLE end

local function listing(code)
  local lang, filename = code.classes[1], code.attributes.filename
  local typst = ('listing(%s, whole: %s%s%s)'):format(
    quoted(code.text), is_whole(code.text),
    lang and ', lang: ' .. quoted(lang) or '',
    filename and ', filename: ' .. quoted(filename) or '')
  if code.identifier:match('^lst%-') then  -- something to refer to, so it has a number
    local caption = code.attributes['lst-cap']
    typst = ('figure(kind: raw, caption: [%s], %s)'):format(
      caption and '#' .. quoted(caption) or '', typst)
  end
  return block('#' .. typst .. label(code.identifier))
end

local function output(div)
  local text = div.content[1]
  for _, stream in ipairs { 'stdout', 'stderr', 'error' } do
    if div.classes:includes(stream) and text and text.t == 'CodeBlock' then
      return block(('#output(%s, stream: %s, whole: %s)'):format(
        quoted(text.text), quoted(stream), is_whole(text.text)))
    end
  end
  return div.content
end

local function callout(div)
  local kind
  for _, class in ipairs(div.classes) do kind = kind or class:match('^callout%-(%a+)$') end
  local head = ('callout(%s, title: '):format(quoted(kind or 'note'))
  local first = div.content[1]
  if first and first.t == 'Div' and first.classes:includes('callout-title') then
    local rest = pandoc.Blocks { table.unpack(div.content, 2) }
    return call(head, rest, div.identifier, pandoc.utils.blocks_to_inlines(first.content))
  end
  return call(head:gsub(', title: $', ')'), div.content, div.identifier)
end

local function tab(div)
  return call(('tab(%s)'):format(quoted(div.attributes.title or '')), div.content, div.identifier)
end

-- Columns stand side by side when they hold text and pictures; code needs the whole width, so
-- columns with code follow one another.
local function columns(element)
  if not element.classes:includes('columns') then return nil end
  local code = false
  local multiples = element.classes:includes('multiples')
  if not multiples then element:walk { CodeBlock = function() code = true end } end
  local widths, parts = {}, pandoc.Blocks {}
  for _, column in ipairs(element.content) do
    if column.t == 'Div' and #column.content > 0 then
      table.insert(widths, (column.attributes.width or ''):match('^([%d.]+)%%$') or 50)
      parts:extend { block '][' , table.unpack(column.content) }
    end
  end
  if code or #widths < 2 then return element.content end
  local head = ('#side-by-side((%sfr))['):format(table.concat(widths, 'fr, '))
  parts[1] = block(multiples and '#multiples[' or head)
  parts:insert(block ']')
  return parts
end

local function named(name)
  return function(div) return call(name, div.content, div.identifier) end
end

-- By class. Other divs (columns, fragments, incremental lists …) are layout of slides: on paper
-- their contents follow one another.
local DIVS = {
  cell = named('cell'), aside = named('aside'),
  notes = named('notes'), claim = named('claim'), ['claim-badge'] = named('badge'), tab = tab,
  multiple = named('multiple'), lead = named('lead'),
  ['csl-entry'] = named('reference'),
  exercise = named('exercise'), check = named('check'),
  solution = named('solution'), solutions = named('solutions'),
}

local function div(element)
  for _, class in ipairs(element.classes) do
    if DIVS[class] then return DIVS[class](element) end
  end
  if element.identifier ~= '' then return call('block', element.content, element.identifier) end
  return element.content
end

-- Headings and links ---------------------------------------------------------------------------

local level = 0  -- of the heading before; PDF/UA forbids to skip one

local function header(element)
  level = math.min(element.level, level + 1)
  element.level = level
  local deck = element.attributes.deck
  if deck then
    local title = element.content:walk { Link = function(link) return link.content end }
    element.content = { pandoc.Link(title, deck) }
  end
  return element
end

local function link(element)
  element.target = element.target:gsub('^#/', '#')  -- reveal.js writes #/id for a slide
  if not element.classes:includes('ref') then return element end
  local number_only = pandoc.utils.stringify(element.content):match('^%d+$')
  return inline(('#ref(label(%s)%s);'):format(
    quoted(element.target:sub(2)), number_only and ', supplement: none' or ''))
end

local function numbered_equation(span)
  local math = span.content[1]
  if #span.content == 1 and math.t == 'Math' and span.identifier:match('^eq%-') then
    return inline(formulas.equation(math, span.identifier))
  end
end

local function by_contents(element)
  if element.classes:includes('output') then return output(element) end
  if element.classes:includes('callout') then return callout(element) end
end

-- What depends on the kind of its contents comes before these are replaced.
return {
  { Div = columns },
  { Div = by_contents, Para = lone_image, Plain = lone_image, Span = numbered_equation },
  {
    Math = function(math) return inline(formulas.equation(math)) end,
    Image = function(image) return inline('#small-picture(' .. picture(image) .. ');') end,
    Figure = figure, CodeBlock = listing, Div = div, Header = header, Link = link,
  },
}
