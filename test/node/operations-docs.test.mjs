// Each command in docs/operations.md exists, with those flags; and each question to Analytics Engine uses places that data points have.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import process from 'node:process'
import { expect, it } from 'vitest'

const page = readFileSync('docs/operations.md', 'utf8')
const blocksOf = (language) =>
  [...page.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([^]*?)^\\1\`\`\``, 'gm'))].map(([, , block]) => block)
const inText = [...page.matchAll(/`(np[mx] [^`]+)`/g)].map(([, command]) => command)
const commands = [...new Set([...blocksOf('sh').flatMap((block) => block.split('\n')), ...inText])]
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('export '))

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
const outputs = new Map()
const run = (...args) => {
  const key = args.join(' ')
  if (!outputs.has(key)) outputs.set(key, runNow(args))
  return outputs.get(key)
}
const runNow = (args) => {
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_HIDE_BANNER: 'true', WRANGLER_SEND_METRICS: 'false', OPERATOR_TOKEN: '' },
  })
  return stdout + stderr
}
const flagsOf = (words) => words.filter((word) => word.startsWith('--')).map((word) => word.replace(/=.*/, ''))

/** The words of a command as a shell reads them, without what goes into it. */
const wordsOf = (command) =>
  (command.replace(/<.*/, '').match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''))

it.each(commands.filter((command) => command.startsWith('npm run ')))('has a command that exists: %s', (command) => {
  const [, , name, ...words] = wordsOf(command)
  expect(Object.keys(scripts)).toContain(name)
  const args = words.filter((word) => word !== '--')
  if (args.length === 0) return
  const help = run(scripts[name].split(' ')[1], '--help')
  for (const flag of flagsOf(args)) expect(help, flag).toMatch(new RegExp(`${flag}\\b`))
  if (name === 'operate' || name === 'rotate') expect(help).toMatch(new RegExp(`\\b${args[0]}\\b`))
})

it.each(commands.filter((command) => command.startsWith('npx wrangler ')))(
  'has a command of wrangler: %s',
  { timeout: 60_000 },
  (command) => {
    const [, , ...words] = wordsOf(command)
    const own = words.slice(
      0,
      words.findIndex((word) => /^(--|[A-Z~]|latchkey)/.test(word)),
    )
    const help = run('node_modules/.bin/wrangler', ...own, '--help')
    expect(help).toContain(`wrangler ${own.join(' ')}`)
    for (const flag of flagsOf(words)) expect(help, flag).toContain(flag)
  },
)

it('has no other commands', () => {
  const others = commands.filter((command) => !/^(npm run|npx wrangler) /.test(command))
  expect(others).toEqual([
    'npm ci',
    expect.stringMatching(/^curl "https:\/\/api\.cloudflare\.com\/.*analytics_engine\/sql" /),
  ])
})

it('asks about places that data points have', () => {
  const source = readFileSync('src/signals/data-points.ts', 'utf8')
  const places = new Set([...source.matchAll(/^ \* \| (index1|blob\d|double\d) /gm)].map(([, place]) => place))
  const used = blocksOf('sql').flatMap((sql) => sql.match(/\b(?:index|blob|double)\d+\b/g) ?? [])
  expect(blocksOf('sql')).toHaveLength(4)
  expect([...new Set(used)].filter((place) => !places.has(place))).toEqual([])
  const { [0]: first = '' } = blocksOf('sql')
  expect(first).toContain('FROM latchkey ')
})

it('leads to headings and pages that exist', () => {
  const anchor = (heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .trim()
      .replaceAll(' ', '-')
  const own = new Set([...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading)))
  for (const [, target = ''] of page.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith('https://')) continue
    const [file = '', fragment] = target.split('#')
    if (file === '') expect([...own], target).toContain(fragment)
    else expect(existsSync(`docs/${file}`), target).toBe(true)
  }
})
