import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { json } from '../http/openapi'
import { createRouter } from '../http/router'
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
  },
})

export const doctorRoutes = createRouter().openapi(doctor, async (c) => {
  const { after = '' } = c.req.valid('query')
  const { config, keys, operator, primary } = c.var
  const report = await examine({ config, keys, operator, primary, env: c.env, after, now: Date.now() })
  return c.json(report, 200)
})
