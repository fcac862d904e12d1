// The pages of the test provider: scripts/test-provider.mjs. They ask nobody else for anything.

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text) => text.replace(/[&<>"']/g, (character) => ESCAPES[character])

const STYLE = `
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }
body { max-width: 26rem; margin: 10vh auto; padding: 0 1rem }
h1 { font-size: 1.4rem; margin-bottom: 0.25rem }
label { display: block; margin-top: 1rem }
input:not([type=checkbox]) { box-sizing: border-box; width: 100%; font: inherit; padding: 0.5rem; margin-top: 0.25rem }
.error { font-weight: bold }
.buttons { display: flex; gap: 0.5rem; margin-top: 1.5rem }
button { font: inherit; padding: 0.5rem 1rem; cursor: pointer }
`

const page = (title, body) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`

/**
 * The form that asks who somebody is.
 * @param {{ email?: string, name?: string, isVerified?: boolean, fault?: string }} [filledIn]
 */
export function renderLogIn({ email = '', name = '', isVerified = true, fault } = {}) {
  const error = fault === undefined ? '' : `<p class="error" id="fault" role="alert">${escapeHtml(fault)}</p>\n`
  const describedBy = fault === undefined ? '' : ' aria-invalid="true" aria-describedby="fault"'
  return page(
    'Test provider',
    `<h1>Test provider <span lang="ko">시험용 로그인</span></h1>
<p>It runs on your computer, and lets you be anybody. The same address is the same person again.</p>
${error}<form method="post">
<label for="email">E-mail address <span lang="ko">이메일 주소</span></label>
<input id="email" name="email" type="email" required autofocus autocomplete="off" value="${escapeHtml(email)}"${describedBy}>
<label for="name">Name <span lang="ko">이름</span></label>
<input id="name" name="name" autocomplete="off" value="${escapeHtml(name)}">
<label><input type="checkbox" name="email_verified"${isVerified ? ' checked' : ''}> This provider has verified the address
<span lang="ko">확인된 주소</span></label>
<p class="buttons">
<button name="action" value="continue">Continue <span lang="ko">계속</span></button>
<button name="action" value="cancel" formnovalidate>Cancel <span lang="ko">취소</span></button>
</p>
</form>`,
  )
}

/** @param {string} text */
export const renderProblem = (text) =>
  page('Test provider: a problem', `<h1>Test provider</h1>\n<p role="alert">${escapeHtml(text)}</p>`)
