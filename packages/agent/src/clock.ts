/** `monotonicMs` counts from the machine's boot and never jumps: every waiting is measured with it. */
export interface Clock {
  monotonicMs(): number
  wallMs(): number
}

export const systemClock: Clock = {
  monotonicMs: () => Number(process.hrtime.bigint() / 1_000_000n),
  wallMs: () => Date.now()
}
