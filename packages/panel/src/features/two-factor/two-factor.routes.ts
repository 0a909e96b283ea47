import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import {
  ConfirmBody,
  ProofBody,
  RecoveryCodesAnswer,
  TotpAnswer,
  TotpBody
} from './two-factor.schema.ts'
import type { TwoFactorService } from './two-factor.service.ts'

/** Under /auth/totp. */
export const twoFactorRoutes: FastifyPluginAsyncTypebox<{ twoFactor: TwoFactorService }> = async (
  app,
  { twoFactor }
) => {
  app.post(
    '/',
    {
      config: { login: true, whileOwing: true },
      schema: {
        summary: 'Begin a second factor: a secret for an app',
        body: TotpBody,
        response: { 200: TotpAnswer }
      }
    },
    request => twoFactor.begin(callerOf(request), request.body)
  )

  app.post(
    '/confirm',
    {
      config: { login: true, whileOwing: true },
      schema: {
        summary: "Put it in force with the app's first code; every other login ends",
        body: ConfirmBody,
        response: { 200: RecoveryCodesAnswer }
      }
    },
    request => twoFactor.confirm(callerOf(request), request.body.code)
  )

  app.delete(
    '/',
    {
      config: { login: true },
      schema: {
        summary: 'Remove my second factor; every other login ends',
        body: ProofBody,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await twoFactor.remove(callerOf(request), request.body)
      return reply.code(204).send(null)
    }
  )

  app.post(
    '/recovery-codes',
    {
      config: { login: true },
      schema: {
        summary: 'New recovery codes in place of those before',
        body: ProofBody,
        response: { 200: RecoveryCodesAnswer }
      }
    },
    request => twoFactor.renewCodes(callerOf(request), request.body)
  )
}

/** Under /users. */
export const userTotpRoutes: FastifyPluginAsyncTypebox<{ twoFactor: TwoFactorService }> = async (
  app,
  { twoFactor }
) => {
  app.delete(
    '/:id/totp',
    {
      config: { permission: 'user-update' },
      schema: {
        summary: 'Take a lost second factor away from somebody; all their logins end',
        params: IdParams,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await twoFactor.removeOf(callerOf(request), request.params.id)
      return reply.code(204).send(null)
    }
  )
}
