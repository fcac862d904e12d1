const ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
])

/** The text of HTML that a program wrote, with line feeds where a paragraph or a line ends. It looks at each character once. */
export function textOfHtml(html: string): string {
  const parts: string[] = []
  let hidden: string | null = null
  for (let at = 0; at < html.length; ) {
    const tag = html.indexOf('<', at)
    const end = tag < 0 ? -1 : html.indexOf('>', tag)
    const text = html.slice(at, end < 0 ? html.length : tag)
    if (hidden === null) parts.push(decode(text.replace(/\s+/g, ' ')))
    if (end < 0) break
    const [, slash, name = ''] = /^<(\/?)([a-z]+[1-6]?)/i.exec(html.slice(tag, tag + 20)) ?? []
    const element = name.toLowerCase()
    if (['style', 'script', 'head', 'title'].includes(element)) hidden = slash ? null : element
    if (element === 'br' || (slash && /^(?:p|div|li|tr|h[1-6])$/.test(element))) parts.push('\n')
    at = end + 1
  }
  return parts
    .join('')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim()
}

const decode = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi, (entity, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES.get(String(name).toLowerCase()) ?? entity
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : entity
  })
