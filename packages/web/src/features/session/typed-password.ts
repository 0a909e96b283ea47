/**
 * What was typed at the login, for the page that asks for a new one at once. It is kept here alone: the
 * browser writes the state of its history to the disk.
 */
function createTypedPassword() {
  let typed: string | undefined
  return {
    keep(password: string): void {
      typed = password
    },
    read: (): string | undefined => typed,
    forget(): void {
      typed = undefined
    }
  }
}

export const typedPassword = createTypedPassword()
