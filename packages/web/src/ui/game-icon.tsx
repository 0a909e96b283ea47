/** A template's picture; without one its first letter, so that a list of games can be skimmed. */
export function GameIcon({ alt }: { alt: { name: string; icon: string | null } }) {
  if (alt.icon) return <img className="game-icon" src={alt.icon} alt="" />
  return (
    <span className="game-icon" data-tone={toneOf(alt.name)} aria-hidden="true">
      {[...alt.name.trim()][0]?.toUpperCase()}
    </span>
  )
}

const TONES = 6

/** The same for the same name. */
function toneOf(name: string): number {
  return [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % TONES
}
