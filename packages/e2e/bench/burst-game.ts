export const BURST_LINES = 200_000
const LINE_BYTES = 100

/** Numbered lines, as fast as they can be printed. */
const burst = `/bin/busybox awk 'BEGIN { for (i = 1; i <= ${BURST_LINES}; i++) printf "%0${LINE_BYTES - 1}d\\n", i }'`

/** A game that prints the burst when it is told to go. */
export const burstScript = `echo ready
while read -r line; do
  case $line in
    go) ${burst} ;;
    stop) exit 0 ;;
  esac
done
`

/** The same without anybody to tell it. */
export const burstAlone = `/bin/busybox sleep 2; ${burst}; /bin/busybox sleep 600`

/** The numbers of the burst's lines in a text, in order. */
export function burstNumbers(text: string): number[] {
  return [...text.matchAll(/(?<!\d)\d{99}(?!\d)/g)].map(([digits]) => Number(digits))
}
