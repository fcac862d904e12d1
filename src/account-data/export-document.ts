/** The JSON of `head`, with each list as one more member. It reads one page at a time, so no more than one page is in memory. */
export async function* exportDocument(
  head: object,
  lists: Record<string, AsyncIterable<unknown[]>>,
): AsyncGenerator<string> {
  yield JSON.stringify(head).slice(0, -1)
  for (const [name, pages] of Object.entries(lists)) {
    yield `,${JSON.stringify(name)}:[`
    let separator = ''
    for await (const page of pages) {
      if (page.length === 0) continue
      yield separator + page.map((item) => JSON.stringify(item)).join(',')
      separator = ','
    }
    yield ']'
  }
  yield '}'
}

/** The same pages, after the first one has been read. If that read fails, there is still time to answer with an error. */
export async function readFirstPage<Page>(pages: AsyncGenerator<Page>): Promise<AsyncIterable<Page>> {
  const first = await pages.next()
  return (async function* () {
    if (!first.done) yield first.value
    yield* pages
  })()
}

/** Reads as fast as the client does. An error breaks the answer off, so that nobody takes a part for the whole document. */
export const toStream = (parts: AsyncGenerator<string>, requestId: string): ReadableStream<Uint8Array> =>
  new ReadableStream<string>({
    async pull(controller) {
      try {
        const { done, value } = await parts.next()
        if (done) controller.close()
        else controller.enqueue(value)
      } catch {
        console.error(JSON.stringify({ level: 'error', event: 'export_broken_off', requestId }))
        controller.error(new Error('The export was broken off'))
      }
    },
  }).pipeThrough(new TextEncoderStream())
