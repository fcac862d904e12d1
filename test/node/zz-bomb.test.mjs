import { expect, it } from 'vitest'
import { readFile } from '../../src/todos/import/read-file'
import { itemsOf } from '../../src/todos/import/items'
import { reportOf } from '../../src/todos/import/report'
import { toPatch } from '../../src/todos/import/to-patch'
import { writeFileSync } from 'node:fs'
const MB = 1024*1024
const pad = (head, unit, tail='') => head + unit.repeat(Math.floor((5*MB - head.length - tail.length)/Buffer.byteLength(unit))) + tail
const cal = (body) => `BEGIN:VCALENDAR\r\n${body}END:VCALENDAR\r\n`
const files = {
  rdate: ['text/calendar', pad('BEGIN:VCALENDAR\n', 'BEGIN:VTODO\nSUMMARY:a\n' + 'RDATE:1\n'.repeat(50) + 'END:VTODO\n')],
  url: ['text/calendar', pad('BEGIN:VCALENDAR\n', 'BEGIN:VTODO\nSUMMARY:a\n' + 'URL:a\n'.repeat(50) + 'END:VTODO\n')],
  categories: ['text/calendar', pad('BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:a\n', 'CATEGORIES:' + 'a,'.repeat(9990) + '\n', 'END:VTODO\nEND:VCALENDAR\n')],
  categories2: ['text/calendar', pad('BEGIN:VCALENDAR\n', 'BEGIN:VTODO\nSUMMARY:a\n' + ('CATEGORIES:' + 'a,'.repeat(100)+'\n').repeat(999) + 'END:VTODO\n')],
  links: ['application/json', pad('{"kind":"tasks#taskLists","items":[{"kind":"tasks#tasks","title":"t","items":[{"title":"a"}', ',{"title":"a","links":['+Array.from({length:20},()=>'{"link":"a"}').join()+']}', ']}]}')],
  onelinks: ['application/json', pad('{"kind":"tasks#taskLists","items":[{"kind":"tasks#tasks","title":"t","items":[{"title":"a","links":[{"link":"a"}', ',{"link":"abcdefghijk"}', ']}]}]}')],
  quotes: ['text/csv', pad('TYPE,CONTENT\ntask,"', '""', '"\n')],
  folded: ['text/calendar', pad('BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:a', '\n ', '\nEND:VTODO\nEND:VCALENDAR\n')],
  escaped: ['text/calendar', pad('BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:a\nDESCRIPTION:', '\\n', '\nEND:VTODO\nEND:VCALENDAR\n')],
  params: ['text/calendar', pad('BEGIN:VCALENDAR\n', 'BEGIN:VTODO\nSUMMARY:a\nDUE' + ';a=b'.repeat(490)+':20261224\nEND:VTODO\n')],
  words: ['text/csv', 'TYPE,CONTENT,DATE,DATE_LANG\n' + Array.from({length:9990},(_,n)=>`task,a,every ${'the on of and '.repeat(8)}${n%28+1} ${n},${['en','ko','ja','de','fr','es','pt','it','nl','zh','xx'][n%11]}`).join('\n')],
  words2: ['text/csv', 'TYPE,CONTENT,DATE,DATE_LANG\n' + Array.from({length:9990},(_,n)=>`task,a,every last workday starting ${n%28+1} ${['Jan','Feb','Mar'][n%3]} ${2000+n%7000} until 1 May 9999,en`).join('\n')],
  words3: ['text/csv', 'TYPE,CONTENT,DATE,DATE_LANG\n' + Array.from({length:9990},(_,n)=>`task,a,every 31 feb starting ${n%28+1} Jan ${2000+n%7000},en`).join('\n')],
  zones: ['text/calendar', 'BEGIN:VCALENDAR\n' + Array.from({length:9990},(_,n)=>`BEGIN:VTODO\nUID:${n}\nSUMMARY:a\nDUE;TZID=${Intl.supportedValuesOf('timeZone')[n%190]}:20261224T180000\nEND:VTODO\n`).join('') + 'END:VCALENDAR\n'],
  zonesoldtimes: ['text/calendar', 'BEGIN:VCALENDAR\n' + Array.from({length:9990},(_,n)=>`BEGIN:VTODO\nUID:${n}\nSUMMARY:a\nDUE;TZID=${Intl.supportedValuesOf('timeZone')[n%190]}:${String(n%9999).padStart(4,'0')}1224T180000\nEND:VTODO\n`).join('') + 'END:VCALENDAR\n'],
  untils: ['text/calendar', 'BEGIN:VCALENDAR\n' + Array.from({length:9990},(_,n)=>`BEGIN:VTODO\nUID:${n}\nSUMMARY:a\nDUE;TZID=Asia/Seoul:20261224T180000\nRRULE:FREQ=DAILY;INTERVAL=${n%900+1};UNTIL=20301224T180000Z\nEND:VTODO\n`).join('') + 'END:VCALENDAR\n'],
  badrules: ['text/calendar', 'BEGIN:VCALENDAR\n' + Array.from({length:9990},(_,n)=>`BEGIN:VTODO\nUID:${n}\nSUMMARY:a\nDUE;TZID=Asia/Seoul:20261224T180000\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;INTERVAL=${n%900+1}\nEND:VTODO\n`).join('') + 'END:VCALENDAR\n'],
  html: ['application/json', JSON.stringify([{displayName:'l',tasks:Array.from({length:25},()=>({title:'a',importance:'x',body:{contentType:'html',content:'<p>'.repeat(66000)}}))}])],
  ents: ['application/json', JSON.stringify([{displayName:'l',tasks:Array.from({length:25},()=>({title:'a',importance:'x',body:{contentType:'html',content:'&#1;'.repeat(50000)}}))}])],
  todolabels: ['text/plain', Array.from({length: 250},()=> 'a '+'@b'.repeat(1)+' @a'.repeat(6500)).join('\n')],
  manylists: ['text/plain', Array.from({length: 9990},(_, n)=> `a +${'é'.repeat(99)}${n}`+' +b'.repeat(80)).join('\n')],
  objects: ['application/json', '[' + '{"title":"a","importance":1,"checklistItems":[]},'.repeat(9000) + '{}' + ',{}'.repeat(200000) + ']'],
}
it('bombs', async () => {
  const out = []
  for (const [name, [contentType, text]] of Object.entries(files)) {
    const bytes = new TextEncoder().encode(text)
    globalThis.gc?.()
    const h0 = process.memoryUsage().heapUsed
    const t0 = performance.now()
    const reading = readFile(bytes, { contentType, now: Date.UTC(2026,10,26), zone: 'America/Sao_Paulo' })
    const t1 = performance.now()
    const h1 = process.memoryUsage().heapUsed
    if ('fault' in reading) { out.push(`${name} ${bytes.length} ${(t1-t0).toFixed(0)} ms FAULT ${reading.fault}`); continue }
    const items = await itemsOf(reading.lines, { userId: 'x', format: reading.format }, 100)
    const t2 = performance.now()
    const decisions = new Map(items.map((item) => { const { patch, notes } = toPatch(item.todo, { place: { parentId: null, listId: null }, zone: 'America/Sao_Paulo', now: Date.now() }); return [item, { outcome: 'made', isThere: true, notes, operation: null, newList: null }] }))
    const t3 = performance.now()
    const report = JSON.stringify(reportOf(reading, items, decisions))
    out.push(`${name} file ${(bytes.length/MB).toFixed(1)} lines ${reading.lines.length} read ${(t1-t0).toFixed(0)} ms heap ${((h1-h0)/MB).toFixed(0)} MB items ${(t2-t1).toFixed(0)} patch ${(t3-t2).toFixed(0)} report ${(report.length/MB).toFixed(1)} MB ${(performance.now()-t3).toFixed(0)}`)
  }
  writeFileSync('/tmp/a18-bombs.txt', out.join('\n') + '\n')
}, 300000)
