import { createRouter } from '../http/router'

/**
 * Swagger UI needs `data:` for the arrows in its style sheet, and connections to this origin for the document and for requests
 * that are tried out. It needs no `unsafe-inline`, because its scripts set styles only through the DOM.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Latchkey API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="Every operation of the Latchkey API, with examples that you can try out.">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/docs.css">
<script src="/docs/swagger-ui-bundle.js" defer></script>
<script src="/docs/docs.js" defer></script>
<div id="docs"><noscript>This page needs JavaScript. <a href="/openapi.json">The OpenAPI document</a> does not.</noscript></div>
</html>
`

export const docsRoutes = createRouter()

docsRoutes.get('/docs', (c) => c.html(page, 200, { 'Content-Security-Policy': POLICY }))
