import { describe, expect, it } from 'vitest'
import { aliceAndBob } from './helpers/alice-and-bob'
import { compileSchema, examplesOf, type Operation, readDocument } from './helpers/document'
import { send, validRequests } from './helpers/requests'

/* The examples in the OpenAPI document are valid. */

const { alice } = aliceAndBob()

const { document, operations } = await readDocument()

const bodiesOf = ({ requestBody, responses }: Operation) =>
  [requestBody, ...Object.values(responses)].flatMap((body) => Object.values(body?.content ?? {}))

describe('the examples in the OpenAPI document', () => {
  it('exist for every body, and match its schema', () => {
    for (const operation of operations) {
      for (const body of bodiesOf(operation)) {
        const examples = examplesOf(document, body)
        expect(examples).not.toEqual([])
        const schema = compileSchema(document, body.schema)
        for (const [name, value] of examples) {
          expect({ operation: operation.operationId, name, error: schema.safeParse(value).error }).toMatchObject({
            error: undefined,
          })
        }
      }
    }
  })

  it('show every error code of every problem', () => {
    for (const { responses } of operations) {
      for (const [status, { content }] of Object.entries(responses)) {
        const problem = content?.['application/problem+json']
        if (!problem) continue
        const shown = examplesOf(document, problem)
        expect(problem.schema).toMatchObject({ properties: { code: { enum: shown.map(([code]) => code) } } })
        for (const [code, value] of shown) expect(value).toMatchObject({ code, status: Number(status) })
      }
    }
  })
})

describe.each(Object.entries(validRequests).filter(([, { body }]) => body))(
  'the example of %s',
  (operationId, request) => {
    it('is accepted by the app', async () => {
      const body = operations.find((operation) => operation.operationId === operationId)?.requestBody
      const content = body?.content['application/json']
      for (const [, example] of content ? examplesOf(document, content) : []) {
        const { status, body: answer } = await send(request, alice(), { body: example })
        expect([400, 415, 422, 500], JSON.stringify(answer)).not.toContain(status)
      }
      expect(content).toBeDefined()
    })
  },
)
