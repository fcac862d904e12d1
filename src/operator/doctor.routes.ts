import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { AppError } from '../errors'
import { checkHealth } from '../health'
import { json, problem } from '../http/openapi'
import { createRouter } from '../http/router'
import { traceOf } from '../http/trace'
import { examine } from './doctor'
import { doctorSchema } from './doctor-schemas'
import { forOperators, readProblemsOfOperators } from './openapi'

const doctor = createRoute({
  ...forOperators,
  method: 'get',
  path: '/doctor',
  operationId: 'getDoctor',
  summary: 'Is the deployment well?',
  description:
    'What `npm run doctor` asks: settings that are missing, when cron ran, what is overdue, what is left of the budgets, and what still needs an older secret. It shows no secret.',
  request: {
    query: z.object({
      after: z
        .uuidv7()
        .optional()
        .meta({ description: 'Reads the password hashes after this account: `pepper.next`.' }),
    }),
  },
  responses: {
    200: json(doctorSchema, 'What was found'),
    ...readProblemsOfOperators,
    422: problem('invalid_fields'),
  },
})

export const doctorRoutes = createRouter().openapi(doctor, async (c) => {
  const { after = '' } = c.req.valid('query')
  const { config, keys, operator, primary } = c.var
  const { schema, down, cause } = await checkHealth(c.env, traceOf(c.req.raw))
  if (down.includes('D1')) throw new AppError('unavailable', { cause })
  const report = await examine({ config, keys, operator, primary, env: c.env, schema, after, now: Date.now() })
  return c.json(report, 200)
})
