import { EnrollmentAnswer, EnrollmentRequest } from '@ctrl-alt-play/protocol'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Enrollment } from './enrollment.ts'

/** Of one address: enough for a rack that is set up at once, too little for guessing. */
const rateLimit = { max: 30, timeWindow: 60_000 }

export const enrollmentRoutes: FastifyPluginAsyncTypebox<{
  enrollment: Pick<Enrollment, 'enroll'>
}> = async (app, { enrollment }) => {
  app.post(
    '/agent/v1/enroll',
    {
      config: { public: true, withoutIdempotency: true, rateLimit },
      schema: {
        summary: 'A machine becomes a node, once for each token',
        body: EnrollmentRequest,
        response: { 200: EnrollmentAnswer }
      }
    },
    request => enrollment.enroll(request.body, request.ip)
  )
}
