/* What is wanted of one server: ACTS acts on it, one panel, one agent. Acts expire, are cancelled, come too
   late, replace one another; what never began is undone. Who writes as which session is link.pml's part.
   The markers are those of link.pml, for as much as happens here. Lines behind #ifdef M_… are the mutants. */
#ifndef ACTS
#define ACTS 2
#endif
#ifndef CUTS
#define CUTS 1                            /* cuts of the connection, crashes of the panel */
#endif
#ifndef CRASHES
#define CRASHES 1                         /* of the agent */
#endif
#ifndef LOSSES
#define LOSSES 0                          /* the agent's journal is gone */
#endif
#ifndef CANCELS
#define CANCELS 0
#endif
#ifndef EDITS
#define EDITS 0                           /* changes of the settings: a generation without an act */
#endif
#ifndef ENDS
#define ENDS 0                            /* games that end by themselves */
#endif
#define NOBODY 8
#define GAME 9

mtype = { QUEUED, DISPATCHED, ACKED, RUNNING, SUCCEEDED, FAILED, UNKNOWN, EXPIRED, CANCELLED };
mtype = { NONE, RECEIVED, STARTED, DONE, CONFIRMED };
mtype = { NEVER_BEGAN, CMD, CANCEL, WANTED, RESULT, ENDED };

/* `by` says whose wish it is: act i, what the game did, or nobody yet. The code does not need to know. */
typedef Wish { byte gen; bit up; byte seq; byte by }
/* a row of Command */
typedef Act { mtype is; bool made, overdue, asked, unbegun, kill; Wish own, before }
Act act[ACTS];
Wish server;                              /* the row of Server */
byte phase, waits[ACTS], next;  bool flagged[ACTS], push;  Wish loaded;   /* the panel's memory */
bool conn;
/* the agent's disk, and what its game did */
typedef Entry { mtype is, jo; byte gen }
Entry e[ACTS];  Wish wanted;  byte last;
byte at = NOBODY;  bool took, tell[ACTS];                      /* its memory: what runs in the lane */
bool began[ACTS];  byte ran[ACTS];

byte cuts = CUTS, crashes = CRASHES, losses = LOSSES, cancels = CANCELS, edits = EDITS, gameEnds = ENDS;
chan p2a = [3] of { mtype, byte, byte, bit, byte, byte };
chan a2p = [3] of { mtype, byte, mtype };

#define st act[i].is
#define j e[i].is
#define OPEN(k)  (act[k].made && (act[k].is == QUEUED || act[k].is == DISPATCHED || act[k].is == ACKED || act[k].is == RUNNING))
#define UNDONE(k) (!act[k].made || act[k].is == EXPIRED || act[k].is == CANCELLED || act[k].unbegun)

#define copy(to, from) to.gen = from.gen; to.up = from.up; to.seq = from.seq; to.by = from.by

/* ---- wanted-undo.ts: the act i never began. `x` is the first later one that was not undone itself */
inline undo() {
  x = i + 1;
  do :: x < ACTS && UNDONE(x) -> x++ :: else -> break od;
#ifdef M_UNDO_UNCHECKED
  x = ACTS;
#endif
  if
  :: x < ACTS && OPEN(x) ->
#ifndef M_NO_HAND_ON
     act[x].before.up = act[i].before.up; act[x].before.seq = act[i].before.seq; act[x].before.by = act[i].before.by
#else
     skip
#endif
  :: x < ACTS && !OPEN(x) -> skip
  :: x == ACTS && server.up == act[i].own.up ->
     server.gen++; server.up = act[i].before.up; server.by = act[i].before.by;
     server.seq = (server.seq == act[i].own.seq -> act[i].before.seq : server.seq)
  :: else -> skip
  fi; x = 0; push = true }

inline takeBack()      { act[i].unbegun = true; undo() }
inline dispatched() { skip; if :: st == QUEUED -> st = DISPATCHED :: else fi }                        /* panel: QUEUED -> DISPATCHED by dispatch */
inline acked()      { skip; if :: st == DISPATCHED -> st = ACKED :: else fi }                         /* panel: DISPATCHED -> ACKED by acknowledge */
inline expired()    { skip; if :: st == QUEUED -> st = EXPIRED; takeBack() :: else fi }                  /* panel: QUEUED -> EXPIRED by expire */
inline withdrawn()  { skip; if :: st == QUEUED -> st = CANCELLED; takeBack() :: else fi }                /* panel: QUEUED -> CANCELLED by cancel */
inline toldSucceeded() { skip; if :: (st == QUEUED || st == DISPATCHED || st == ACKED || st == RUNNING) -> st = SUCCEEDED :: else fi } /* panel: QUEUED | DISPATCHED | ACKED | RUNNING -> SUCCEEDED by succeeded */
inline toldFailed(o)   { skip; if :: (st == QUEUED || st == DISPATCHED || st == ACKED || st == RUNNING) -> st = FAILED; if :: o == NEVER_BEGAN -> takeBack() :: else fi :: else fi } /* panel: QUEUED | DISPATCHED | ACKED | RUNNING -> FAILED by failed */
inline toldCancelled() { skip; if :: (st == QUEUED || st == DISPATCHED || st == ACKED || st == RUNNING) -> st = CANCELLED; takeBack() :: else fi } /* panel: QUEUED | DISPATCHED | ACKED | RUNNING -> CANCELLED by cancelled */
inline told(o)      { skip; if :: o == SUCCEEDED -> toldSucceeded() :: o == CANCELLED -> toldCancelled() :: else -> toldFailed(o) fi }

inline jReceived()  { skip; if :: j == NONE -> j = RECEIVED :: else fi }                              /* agent: NONE -> RECEIVED by received */
inline jStarted()   { skip; if :: (j == NONE || j == RECEIVED) -> j = STARTED :: else fi }            /* agent: NONE | RECEIVED -> STARTED by started */
inline jDone(o)     { skip; if :: (j == NONE || j == RECEIVED || j == STARTED) -> j = DONE; e[i].jo = o; tell[i] = true :: else fi } /* agent: NONE | RECEIVED | STARTED -> DONE by done */

/* what the act wants is wanted on the node already: it has begun, whatever becomes of its command */
#define HELD(k) (e[k].gen <= wanted.gen || (act[k].own.up == wanted.up && act[k].own.seq == wanted.seq))

/* the agent takes over a wish: nothing older than what it knows */
inline take(tg, tu, tn, tb) {
#ifdef M_STALE_TAKEN
  if :: true ->
#else
  if :: tg >= wanted.gen ->
#endif
     wanted.gen = tg; wanted.up = tu; wanted.seq = tn; wanted.by = tb;
     if :: tb >= ACTS -> skip
        :: tb < ACTS && e[tb].is == DONE -> skip   /* its end is on the way: what comes of it is undone in a moment */
        :: else -> began[tb] = true fi;
     if :: tu && last < tn -> last = tn; if :: tb < ACTS -> ran[tb]++ :: else fi :: else fi
  :: else fi }

#if ACTS == 2
#define ALL(P) (P(0) && P(1))
#define ANY(P) (P(0) || P(1))
#else
#define ALL(P) (P(0) && P(1) && P(2))
#define ANY(P) (P(0) || P(1) || P(2))
#endif
#define CLAIMABLE(k) (act[k].made && act[k].is == QUEUED && !act[k].overdue)
#define EXPIRABLE(k) (act[k].made && act[k].is == QUEUED && act[k].overdue)
#define WAITS(k)     (waits[k] != 0)
#define TO_CANCEL(k) (flagged[k] && waits[k] == 0)
#define TO_DO(k)     (e[k].is == RECEIVED || e[k].is == STARTED)
#define TO_TELL(k)   (tell[k])

inline claim() { i = 0;
  do :: i < ACTS -> if :: act[i].made && st == QUEUED && !act[i].overdue -> dispatched(); waits[i] = 1 :: else fi; i++
     :: else -> break od; i = 0 }
inline expireAll() { i = 0;
  do :: i < ACTS -> if :: act[i].made && st == QUEUED && act[i].overdue -> expired() :: else fi; i++
     :: else -> break od; i = 0 }
inline disconnect() { conn = false; phase = 0; push = false; next = 0; i = 0;
  do :: i < ACTS -> waits[i] = 0; flagged[i] = false; i++ :: else -> break od; i = 0;
  do :: nempty(p2a) -> p2a?_,_,_,_,_,_ :: empty(p2a) -> break od;
  do :: nempty(a2p) -> a2p?_,_,_ :: empty(a2p) -> break od }

/* phases of the panel: 0 no session, 1 compares journals, 2 claims, 3 expires, 4 reads what is wanted,
   5 claims again, 6 tells it, 9 ready and idle */
proctype Panel() { byte i, x; mtype k, o; byte g;
end: do
 :: atomic { phase == 1 -> i = next;                            /* one row after the other */
      if
      :: OPEN(i) && j == DONE -> told(e[i].jo)
      :: OPEN(i) && j == RECEIVED -> acked()
      :: else fi;
      if :: OPEN(i) && st != QUEUED -> waits[i] = 2; flagged[i] = act[i].asked :: else fi;
      next++; if :: next == ACTS -> next = 0; phase = 2;
#ifdef M_EXPIRE_FIRST
        expireAll()
#endif
        :: else fi; i = 0 }
 :: atomic { phase == 2 ->
#ifdef M_WANTED_BEFORE_CLAIM
      copy(loaded, server);
#endif
      claim(); phase = 3 }
 :: atomic { phase == 3 ->
#ifndef M_EXPIRE_FIRST
      expireAll();
#endif
      phase = 4 }
 :: atomic { phase == 4 ->
#ifndef M_WANTED_BEFORE_CLAIM
      copy(loaded, server);
#endif
      push = false; phase = 5 }
 :: atomic { phase == 5 -> claim(); phase = 6 }
 :: atomic { phase == 6 && nfull(p2a) -> p2a!WANTED,0,loaded.gen,loaded.up,loaded.seq,loaded.by;
      loaded.gen = 0; loaded.up = 0; loaded.seq = 0; loaded.by = 0; phase = 9 }
 :: atomic { phase == 9 && push -> phase = 2 }                  /* pushWanted */
 :: atomic { phase == 9 && ANY(CLAIMABLE) -> i = 0;             /* wake: what is queued */
      do :: i < ACTS && !CLAIMABLE(i) -> i++ :: else -> break od; dispatched(); waits[i] = 1; i = 0 }
 /* the dispatcher, in order: the newest wish, where it is still the act's own */
 :: atomic { phase == 9 && nfull(p2a) && ANY(WAITS) -> i = 0;
      do :: i < ACTS && !WAITS(i) -> i++ :: else -> break od; waits[i] = 0;
      g = (server.up == act[i].own.up && server.seq == act[i].own.seq && server.gen >= act[i].own.gen -> server.gen : act[i].own.gen);
      p2a!CMD,i,g,act[i].own.up,act[i].own.seq,act[i].own.by; g = 0; i = 0 }
 :: atomic { nempty(a2p) && (phase == 9 || phase > 1) -> a2p?k,i,o;
      if :: k == RESULT -> told(o)
         :: k == ENDED -> if :: server.gen == i && server.up -> server.gen++; server.up = 0; server.by = GAME; push = true :: else fi
      fi; k = 0; o = 0; i = 0 }
 :: atomic { cuts > 0 && conn -> cuts--; disconnect() }
 od }

/* the panel alone while it is QUEUED; after that it can only ask the agent, behind the command itself */
inline cancelIt() {
  if :: st == QUEUED -> withdrawn()
     :: else -> act[i].asked = true; flagged[i] = (phase == 9) fi; i = 0 }

#define IDLE_OR(p) (phase == 0 || phase == 9 || phase == p)
/* people, and time */
proctype Desk() { byte i, x;
end: do
 :: atomic { (!act[0].made || !act[ACTS - 1].made) -> i = 0;
      do :: act[i].made -> i++ :: else -> break od;
      act[i].made = true; st = QUEUED;                       /* world: a new row */
      copy(act[i].before, server);
      server.gen++; server.by = i;
      if :: server.up = 0 :: server.up = 0; act[i].kill = true
         :: server.seq = (server.up -> server.seq : server.seq + 1); server.up = 1
         :: server.seq++; server.up = 1 fi;
      copy(act[i].own, server); i = 0 }
 :: atomic { edits > 0 -> edits--; server.gen++; push = true }
 :: atomic { IDLE_OR(3) && CLAIMABLE(0) -> act[0].overdue = true }
 :: atomic { IDLE_OR(3) && CLAIMABLE(ACTS - 1) -> act[ACTS - 1].overdue = true }
 :: atomic { IDLE_OR(0) && ANY(EXPIRABLE) -> expireAll() }                       /* the sweeper */
 :: atomic { cancels > 0 && IDLE_OR(0) && OPEN(0) -> cancels--; i = 0; cancelIt() }
 :: atomic { cancels > 0 && IDLE_OR(0) && OPEN(ACTS - 1) -> cancels--; i = ACTS - 1; cancelIt() }
#ifdef M_CANCEL_OVERTAKES
 :: atomic { phase == 9 && nfull(p2a) && flagged[0] -> flagged[0] = false; p2a!CANCEL,0,0,0,0,0 }
 :: atomic { phase == 9 && nfull(p2a) && flagged[ACTS - 1] -> flagged[ACTS - 1] = false; p2a!CANCEL,ACTS - 1,0,0,0,0 }
#else
 :: atomic { phase == 9 && nfull(p2a) && ANY(TO_CANCEL) -> i = 0;
      do :: i < ACTS && !TO_CANCEL(i) -> i++ :: else -> break od;
      flagged[i] = false; p2a!CANCEL,i,0,0,0,0; i = 0 }
#endif
 od }

proctype Agent() { byte i; mtype k; byte g; bit u; byte n, b;
end: do
 :: atomic { !conn && phase == 0 -> conn = true; phase = 1; i = 0;
      do :: i < ACTS -> tell[i] = false; i++ :: else -> break od; i = 0 }
 :: atomic { conn && nempty(p2a) -> p2a?k,i,g,u,n,b;
      if
      :: k == WANTED -> take(g, u, n, b)
      :: k == CMD && j == NONE -> jReceived(); e[i].gen = g
      :: k == CMD && j != NONE -> tell[i] = (j == DONE)
      :: k == CANCEL && j == NONE -> jDone(CANCELLED)
#ifdef M_CANCEL_THOUGH_WANTED
      :: k == CANCEL && j == RECEIVED && at != i -> jDone(CANCELLED)
#else
      :: k == CANCEL && j == RECEIVED && at != i -> if :: !HELD(i) -> jDone(CANCELLED) :: else fi
#endif
      :: else -> skip
      fi; k = 0; i = 0; g = 0; u = 0; n = 0; b = 0 }
 /* the lane: one after the other, a kill first */
 :: atomic { at == NOBODY && ANY(TO_DO) -> i = 0;
      do :: i < ACTS && !(act[i].kill && (j == RECEIVED || j == STARTED)) -> i++ :: else -> break od;
      if :: i == ACTS -> i = 0; do :: i < ACTS && !(j == RECEIVED || j == STARTED) -> i++ :: else -> break od :: else fi;
      if
      :: i < ACTS && j == RECEIVED && e[i].gen < wanted.gen -> jDone(FAILED)               /* superseded */
#ifdef M_LATE_THOUGH_WANTED
      :: i < ACTS && j == RECEIVED -> jDone(NEVER_BEGAN)                                   /* too late */
#else
      :: i < ACTS && j == RECEIVED && !HELD(i) -> jDone(NEVER_BEGAN)                       /* too late */
#endif
      :: i < ACTS && (j == STARTED || e[i].gen >= wanted.gen) -> jStarted(); at = i
      fi; i = 0 }
 :: atomic { at != NOBODY && !took -> i = at;
#ifdef M_RUN_AGAIN
      if :: act[i].own.up && e[i].gen >= wanted.gen -> last = 0 :: else fi;
#endif
      if :: e[i].gen >= wanted.gen -> take(e[i].gen, act[i].own.up, act[i].own.seq, i); took = true
#ifdef M_STALE_TAKEN
         :: else -> take(e[i].gen, act[i].own.up, act[i].own.seq, i); took = true
#else
         :: else -> jDone(FAILED); at = NOBODY
#endif
      fi; i = 0 }
 :: atomic { at != NOBODY && took -> i = at; if :: jDone(SUCCEEDED) :: jDone(FAILED) fi; at = NOBODY; took = false; i = 0 }
 :: atomic { conn && nfull(a2p) && ANY(TO_TELL) -> i = 0;
      do :: i < ACTS && !tell[i] -> i++ :: else -> break od; tell[i] = false; a2p!RESULT,i,e[i].jo; i = 0 }
 :: atomic { gameEnds > 0 && conn && wanted.up && nfull(a2p) -> gameEnds--; a2p!ENDED,wanted.gen,NONE }
 :: atomic { crashes > 0 -> crashes--; at = NOBODY; took = false; disconnect() }
 :: atomic { losses > 0 -> losses--; at = NOBODY; took = false; disconnect(); i = 0;
      do :: i < ACTS -> j = NONE; e[i].jo = NONE; tell[i] = false; i++    /* world: the disk was lost */
         :: else -> break od; i = 0 }
 od }

init { atomic { byte i;
  do :: i < ACTS -> st = QUEUED; j = NONE; e[i].jo = NONE; i++              /* world: the beginning */
     :: else -> break od; i = 0;
  server.gen = 1; server.by = NOBODY; wanted.gen = 1; wanted.by = NOBODY;
  if :: server.up = 0 :: server.up = 1 fi; wanted.up = server.up;
  run Panel(); run Desk(); run Agent() } }

#define ENDED_(k)  (!act[k].made || !OPEN(k))
#define EMPTY      (len(p2a) == 0 && len(a2p) == 0)
/* the last act that was not undone is the wish that lasts */
#if ACTS == 2
#define BEFORE_LAST (UNDONE(1) && ((!UNDONE(0) && server.by == 0) || (UNDONE(0) && server.by == NOBODY)))
#else
#define BEFORE_LAST (UNDONE(2) && ((!UNDONE(1) && server.by == 1) || (UNDONE(1) && !UNDONE(0) && server.by == 0) || (UNDONE(1) && UNDONE(0) && server.by == NOBODY)))
#endif
#define QUIETACT(k) (ENDED_(k) && !tell[k] && waits[k] == 0 && !flagged[k])
#define SETTLED    (phase == 9 && !push && EMPTY && at == NOBODY && ALL(QUIETACT))
#define NOT_BEGUN(k) (!act[k].made || !UNDONE(k) || !began[k])
#define ONE_RUN(k)   (ran[k] <= 1)
#define pUntouched ALL(NOT_BEGUN)
#define pRun       ALL(ONE_RUN)
#define pAgree     (!SETTLED || (wanted.up == server.up && wanted.seq == server.seq))
#define pWish      (server.gen == 0 || !ALL(ENDED_) || (!UNDONE(ACTS - 1) && server.by == ACTS - 1) || BEFORE_LAST || server.by == GAME)
ltl untouched { [] pUntouched }
ltl oneRun { [] pRun }
ltl agree  { [] pAgree }
ltl wish   { [] pWish }
ltl safe   { [] (pUntouched && pRun && pAgree && pWish) }
ltl live   { <> [] ALL(ENDED_) }
