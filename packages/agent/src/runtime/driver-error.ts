/** What a person can do something about; the code is part of the command's outcome. */
export type DriverErrorCode =
  | 'ENGINE_UNAVAILABLE'
  | 'IMAGE_NOT_ALLOWED'
  | 'IMAGE_PULL_FAILED'
  | 'IMAGE_MISSING'
  | 'POLICY_REFUSED'
  | 'NAME_TAKEN'
  | 'DATA_MISSING'
  | 'CONFIG_FILE_REFUSED'
  | 'DISK_FULL'
  | 'PORT_TAKEN'
  | 'NOT_RUNNING'
  | 'INPUT_STALLED'
  | 'NO_SUCH_CONTAINER'
  | 'START_FAILED'
  | 'CANCELLED'

export class DriverError extends Error {
  readonly code: DriverErrorCode

  constructor(code: DriverErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DriverError'
    this.code = code
  }
}
