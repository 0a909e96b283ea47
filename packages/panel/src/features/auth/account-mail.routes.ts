import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { callerOf } from '../caller.ts'
import {
  EmailBody,
  EmailConfirmBody,
  MailAnswer,
  ResetBody,
  ResetConfirmBody
} from './account-mail.schema.ts'
import { originOf } from './auth.routes.ts'
import type { EmailChange } from './email-change.service.ts'
import type { PasswordReset } from './password-reset.service.ts'

export interface AccountMailRoutesOptions {
  passwordReset: PasswordReset
  emailChange: EmailChange
}

/** Under /auth: what goes by mail. */
export const accountMailRoutes: FastifyPluginAsyncTypebox<AccountMailRoutesOptions> = async (
  app,
  { passwordReset, emailChange }
) => {
  app.post(
    '/password-reset',
    {
      config: { public: true, withoutIdempotency: true },
      schema: {
        summary: 'Have a link for a new password mailed; the answer is the same for every address',
        body: ResetBody,
        response: { 202: MailAnswer }
      }
    },
    async (request, reply) => {
      passwordReset.ask(request.body.email, originOf(request))
      reply.code(202)
      return { message: 'If an account has this address, a mail is on its way' }
    }
  )

  app.post(
    '/password-reset/confirm',
    {
      config: { public: true, withoutIdempotency: true },
      schema: {
        summary: 'Choose a new password by a mailed link; every login ends, a second factor stays',
        body: ResetConfirmBody,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await passwordReset.confirm(request.body, originOf(request))
      return reply.code(204).send(null)
    }
  )

  app.post(
    '/email',
    {
      config: { login: true, withoutIdempotency: true },
      schema: {
        summary: 'Ask for another e-mail address; a link is mailed to it',
        body: EmailBody,
        response: { 202: MailAnswer }
      }
    },
    async (request, reply) => {
      await emailChange.ask(callerOf(request), request.body)
      reply.code(202)
      return { message: 'A mail is on its way to the new address' }
    }
  )

  app.post(
    '/email/confirm',
    {
      config: { login: true, withoutIdempotency: true },
      schema: {
        summary: 'Confirm the new e-mail address by its mailed link',
        body: EmailConfirmBody,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await emailChange.confirm(callerOf(request), request.body.token)
      return reply.code(204).send(null)
    }
  )
}
