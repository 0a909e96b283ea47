/* Two agents with one node's key: COMES sessions of either, in one panel (admission.ts, twins.ts). Each claims
   the node, is judged, becomes its session; between these steps the other may do the same. */
#ifndef COMES
#define COMES 4
#endif
byte epoch;  bool quarantined;                       /* the row of Node */
byte current;  bool trusted;                         /* the registry: which session counts, and may take commands */
byte last = 2, turns;                                /* the detector: who came last, how often they took turns */
bool found, known, obeyed;
byte come[2];

/* the registry takes it, or ends it: a newer one is there */
inline attach(t) {
  if :: mine > current -> current = mine; trusted = t
     :: else ->
#ifndef M_NEWER_LEFT
        if :: twin -> current = 0; trusted = false :: else fi   /* … which was trusted: it must come again */
#else
        skip
#endif
  fi;
#ifdef M_QUARANTINE_IGNORED
  trusted = true;
#endif
  known = found; mine = 0; twin = false }

proctype Twin(bit me) { byte mine; bool told, twin;
end: do
 :: atomic { mine == 0 && come[me] < COMES -> come[me]++; epoch++; mine = epoch; told = quarantined }
 :: atomic { mine != 0 && !twin ->
      if :: !told && last != me -> if :: last != 2 -> turns++ :: else fi; last = me :: else fi;
      twin = (!told && turns >= 3);
      if :: twin -> found = true;
#ifdef M_TWIN_FORGOTTEN
              turns = 0; last = 2
#endif
         :: !twin -> attach(!told)
      fi }
 :: atomic { mine != 0 && twin ->                     /* written, whoever has claimed the node meanwhile */
#ifdef M_QUARANTINE_FENCED
      if :: epoch == mine -> quarantined = true :: else fi;
#else
      quarantined = true;
#endif
      attach(false) }
 od }

/* Whoever is the session, while no newer one has claimed the node */
active proctype Dispatcher() {
end: do :: atomic { trusted && current == epoch && known -> obeyed = true; break } od }

init { atomic { run Twin(0); run Twin(1) } }

#define pQuiet (!obeyed)
ltl quiet { [] pQuiet }
ltl kept  { [] (!found || <> quarantined) }
