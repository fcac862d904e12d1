import type { Locale } from '../locale'

/** The paragraphs of an e-mail as text and as HTML. The HTML shows the code in large type. A paragraph may be a link. */
export function emailBody(locale: Locale, paragraphs: string[], code?: string): { text: string; html: string } {
  const html = paragraphs.map((paragraph) =>
    paragraph === code
      ? `<p style="font-size: 2em"><strong>${code}</strong></p>`
      : `<p>${isLink(paragraph) ? `<a href="${paragraph}">${paragraph}</a>` : escapeHtml(paragraph)}</p>`,
  )
  return {
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html><html lang="${locale}"><meta charset="utf-8"><body>${html.join('')}</body></html>`,
  }
}

const escapeHtml = (value: string): string => value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)

/** Our own links have only these characters. */
const isLink = (paragraph: string): boolean => /^https?:\/\/[\w.:/-]+$/.test(paragraph)
