import type { Texts } from '../texts/texts'

/** The keys of the list. The script opens it. */
export function KeysSheet({ t: { keys, quick } }: { t: Texts }) {
  const rows = [
    ['n', keys.add],
    ['/', keys.search],
    ['j', keys.next],
    ['k', keys.previous],
    ['x', keys.select],
    ['e', keys.edit],
    ['Ctrl + Enter', keys.complete],
    ['Esc', keys.escape],
    ['?', keys.help],
  ] as const
  return (
    <dialog class="keys" id="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">{keys.title}</h2>
      <dl>
        {rows.map(([key, text]) => (
          <>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit" class="second">
          {quick.close}
        </button>
      </form>
    </dialog>
  )
}
