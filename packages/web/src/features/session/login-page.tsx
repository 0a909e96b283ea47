import { Anchor, Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { Problem } from '../../api/problem.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import { Door } from './door.tsx'
import { CodeField, CurrentPassword } from './password-fields.tsx'
import { typedPassword } from './typed-password.ts'

interface Credentials {
  username: string
  password: string
  totp?: string
}

export function LoginPage() {
  const texts = useTexts()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const { next } = useSearch({ from: '/login' })
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [needsCode, setNeedsCode] = useState(false)

  const logIn = useMutation({
    mutationFn: (body: Credentials) => answerOf(api.POST('/api/v1/auth/login', { body })),
    async onSuccess({ user }) {
      queries.clear()
      // The address of the login may hold a mailed secret behind its #: it is not gone back to.
      typedPassword.forget()
      if (!user.mustChangePassword) {
        return navigate({ to: next ?? '/', hash: location.hash.slice(1), replace: true })
      }
      typedPassword.keep(password)
      return navigate({ to: '/new-password', replace: true })
    },
    onError(error) {
      if (error instanceof Problem && error.code === 'TOTP_REQUIRED') setNeedsCode(true)
    }
  })
  const isAsking = logIn.error instanceof Problem && logIn.error.code === 'TOTP_REQUIRED'
  const submit = () => logIn.mutate({ username, password, ...(needsCode && { totp: code.trim() }) })

  return (
    <Door
      title={needsCode ? texts.login.codeTitle : texts.login.title}
      text={needsCode ? texts.login.codeText : texts.login.text}
      onSubmit={submit}
    >
      {!needsCode && (
        <>
          <TextInput
            label={texts.login.username}
            autoComplete="username"
            autoCapitalize="none"
            autoFocus
            required
            value={username}
            onChange={event => setUsername(event.currentTarget.value)}
          />
          <CurrentPassword value={password} onChange={setPassword} />
        </>
      )}
      {needsCode && <CodeField orRecovery autoFocus value={code} onChange={setCode} />}
      {!isAsking && <Failure error={logIn.error} />}
      <Button type="submit" size="md" loading={logIn.isPending}>
        {texts.login.submit}
      </Button>
      <Anchor component={Link} to="/reset-password" size="sm">
        {texts.login.forgotten}
      </Anchor>
    </Door>
  )
}
