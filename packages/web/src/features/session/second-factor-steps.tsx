import { Anchor } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { CopyButton } from '../../ui/parts.tsx'

const QrCode = lazy(async () => ({ default: (await import('../../ui/qr-code.tsx')).QrCode }))

/** The password, the app's secret, its first code, the recovery codes. */
export function useSecondFactor() {
  const begin = useMutation({
    mutationFn: (currentPassword: string) =>
      answerOf(api.POST('/api/v1/auth/totp', { body: { currentPassword } }))
  })
  const confirm = useMutation({
    mutationFn: (code: string) =>
      answerOf(api.POST('/api/v1/auth/totp/confirm', { body: { code: code.trim() } }))
  })
  return { begin, confirm }
}

/** To be scanned by another device, to be opened on this one, to be typed. */
export function SecretToScan({ uri, secret }: { uri: string; secret: string }) {
  const texts = useTexts()
  return (
    <>
      <Suspense>
        <QrCode text={uri} label={texts.secondFactor.picture} />
      </Suspense>
      <div className="row">
        <code className="paste grow">{secret}</code>
        <CopyButton text={secret} label={texts.copy} />
      </div>
      {uri.startsWith('otpauth://') && (
        <Anchor href={uri} size="sm">
          {texts.secondFactor.open}
        </Anchor>
      )}
    </>
  )
}

export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const texts = useTexts()
  const text = codes.join('\n')
  return (
    <div className="row">
      <pre className="paste grow">{text}</pre>
      <CopyButton text={text} label={texts.copy} />
    </div>
  )
}
