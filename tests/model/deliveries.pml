/* Deliveries of one case to one region by push: two replicas that both believe they own the partition, a target that may
 * answer, refuse, or take the message while its answer is lost, and facts that are appended to the ledger. What stands
 * for which code, the assumptions and the bounds: docs/model.md. WRONG_… macros plant one mistake each; the runner wants
 * each found. */

#ifndef EVENTS
#define EVENTS 2    /* deliveries, due in this order */
#endif
#ifndef BUDGET
#define BUDGET 2    /* attempts before the dead letter */
#endif
#ifndef RECORDS
#define RECORDS 7   /* the log ends here: what is appended later is lost */
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef TWICE
#define TWICE 1     /* records that the producer may write a second time */
#endif
#ifndef REPLAYS
#define REPLAYS 1   /* what operators may ask for */
#endif
#ifndef UNKNOWN
#define UNKNOWN 1   /* appended facts whose owner does not learn that they are in the log */
#endif
#ifndef LOST
#define LOST 0      /* facts that are not appended */
#endif
#ifndef MOVES
#define MOVES 0     /* OWNED: the group gives the partition to the other replica */
#endif
#ifndef DISCARDS
#define DISCARDS 0
#endif
#ifndef TROUBLES
#define TROUBLES 3  /* attempts that end badly: refused, or the answer lost */
#endif

#define REPLICAS 2
#define NOTHING 0

/* Facts: gateway/cases/deliveries.cpp. A record of the log is its kind, its delivery (from 1) and its attempt number. */
#define DUE 1
#define FAILED 2
#define ACKNOWLEDGED 3
#define DEAD_LETTERED 4
#define REPLAYED 5
#define DISCARDED 6
#define record_of(kind, delivery, attempt) ((kind) * 32 + (delivery) * 8 + (attempt))
#define kind_of(record) ((record) / 32)
#define delivery_of(record) (((record) / 8) % 4)
#define attempt_of(record) ((record) % 8)

byte log_record[RECORDS];
byte log_end = 0;

/* The outbox as a replica sees it, after `next` records. The last view is folded as records land: what the log says.
 * `settled` counts acknowledged and discarded deliveries; the first unsettled one is settled + 1. */
typedef outbox { byte next; byte due; byte settled; byte attempts; byte used; byte replays; bool dead };
outbox view[REPLICAS + 1];
#define LOG_SAYS REPLICAS

/* What a replica is doing: the delivery it has sent and waits for, and the fact it wants appended. */
byte attempting[REPLICAS];
byte attempt_no[REPLICAS];
byte to_append[REPLICAS];
byte appended[REPLICAS];    /* its newest fact ends here in the log; 0: seen, or given up waiting for it */
byte owner = 0;         /* OWNED: who has the partition */
byte gone = REPLICAS;   /* OWNED: the replica that died for good */
byte moves = MOVES;
byte lost = LOST;
byte crashes = CRASHES;
byte twice = TWICE;
byte unknown = UNKNOWN;
byte replays = REPLAYS;
byte discards = DISCARDS;
byte troubles = TROUBLES;

/* The world outside. Bit n: delivery n. */
byte on_the_wire;       /* sent, not yet taken by the target */
byte taken;             /* by the target, for the first time */
byte given_up;          /* discarded by an operator */
byte bad_ends;          /* real attempts of the first that ended badly since it became first or was replayed */
#define bit(delivery) (1 << (delivery))

hidden byte order_is_kept;
hidden byte acknowledged_was_taken;
hidden byte budget_is_spent_by_attempts;
hidden byte none_is_skipped;
hidden byte replicas_agree;
#define must(name, holds) name = ((holds) -> 1 : 0); assert(name)

hidden byte record_, kind_, delivery_, attempt_;
hidden byte applied_;

/* fold_delivery(): a fact counts only if it is about the first unsettled delivery, and about its next attempt. */
#define s_ view[v]
inline fold(v) {
    record_ = log_record[s_.next];
    kind_ = kind_of(record_);
    delivery_ = delivery_of(record_);
    attempt_ = attempt_of(record_);
    s_.next++;
    applied_ = false;
    if
    :: kind_ == DUE -> s_.due++; applied_ = true
#ifdef WRONG_NOT_ONLY_FIRST
    :: kind_ != DUE && s_.settled < s_.due ->
#else
    :: kind_ != DUE && delivery_ == s_.settled + 1 && delivery_ <= s_.due ->
#endif
        if
        :: kind_ == ACKNOWLEDGED || kind_ == DISCARDED -> applied_ = true
#ifdef WRONG_NO_ATTEMPT_NUMBER
        :: kind_ == FAILED -> applied_ = !s_.dead
#else
        :: kind_ == FAILED -> applied_ = (!s_.dead && attempt_ == s_.attempts + 1)
#endif
#ifdef WRONG_DEAD_WITHOUT_NUMBER
        :: kind_ == DEAD_LETTERED -> applied_ = !s_.dead
#else
        :: kind_ == DEAD_LETTERED -> applied_ = (!s_.dead && attempt_ == s_.attempts + s_.replays)
#endif
        :: kind_ == REPLAYED -> applied_ = s_.dead
        fi;
        if
        :: applied_ && (kind_ == ACKNOWLEDGED || kind_ == DISCARDED) ->
            s_.settled++; s_.attempts = 0; s_.used = 0; s_.replays = 0; s_.dead = false
        :: applied_ && kind_ == FAILED -> s_.attempts++; s_.used++
        :: applied_ && kind_ == DEAD_LETTERED -> s_.dead = true
        :: applied_ && kind_ == REPLAYED -> s_.dead = false; s_.used = 0; s_.replays++
        :: else
        fi
    :: else
    fi
}

/* A record becomes durable. */
inline land(record) {
    log_record[log_end] = record;
    log_end++;
    fold(LOG_SAYS);
    if
    :: applied_ && kind_ == ACKNOWLEDGED ->
        must(acknowledged_was_taken, taken & bit(delivery_));
        must(none_is_skipped, delivery_ == view[LOG_SAYS].settled);
        bad_ends = 0
    :: applied_ && kind_ == DISCARDED -> given_up = given_up | bit(delivery_); bad_ends = 0
    :: applied_ && kind_ == DEAD_LETTERED -> must(budget_is_spent_by_attempts, bad_ends >= BUDGET)
    :: applied_ && kind_ == REPLAYED -> bad_ends = 0
    :: else
    fi
}

#define first(v) (view[v].settled + 1)
#define has_first(v) (view[v].settled < view[v].due)

#define idle(r) (!attempting[r] && !to_append[r] && !appended[r])

#ifdef WRONG_RETRY_IN_MEMORY
bool failed_here[REPLICAS];
#define retries(r) (view[r].attempts == 0 || failed_here[r])
#else
#define retries(r) true
#endif

#ifdef OWNED
#define may_act(r) (owner == r)
#else
#define may_act(r) true /* a pause of any length, in the middle of anything, while another took over */
#endif

proctype replica(byte r) {
end:
    do
    :: d_step { /* project */
        view[r].next < log_end ->
        fold(r);
        if
        :: appended[r] && view[r].next >= appended[r] -> appended[r] = 0
        :: else
        fi;
        must(replicas_agree, view[r].next < log_end ||
             (view[r].due == view[LOG_SAYS].due && view[r].settled == view[LOG_SAYS].settled &&
              view[r].attempts == view[LOG_SAYS].attempts && view[r].dead == view[LOG_SAYS].dead))
    }
    :: d_step { /* attempt the first, with the delivery's own id */
        may_act(r) && idle(r) && has_first(r) && !view[r].dead && view[r].used < BUDGET && retries(r) ->
        attempting[r] = first(r);
        attempt_no[r] = view[r].attempts + 1;
        on_the_wire = on_the_wire | bit(attempting[r]);
#ifdef WRONG_ACKNOWLEDGED_WHEN_SENT
        to_append[r] = record_of(ACKNOWLEDGED, attempting[r], 0)
#endif
    }
#ifdef WRONG_NEXT_BEFORE_SETTLED
    :: d_step {
        attempting[r] && attempting[r] < view[r].due && !to_append[r] ->
        attempting[r] = attempting[r] + 1;
        on_the_wire = on_the_wire | bit(attempting[r])
    }
#endif
    :: d_step { /* answered well: the target has it */
        attempting[r] && (taken & bit(attempting[r])) && !to_append[r] ->
        to_append[r] = record_of(ACKNOWLEDGED, attempting[r], 0);
#ifdef WRONG_OWNER_WRITES_ITS_VIEW
        view[r].settled = attempting[r];
#endif
        attempting[r] = 0; attempt_no[r] = 0
    }
    :: d_step { /* refused, or no answer in time: it may have been taken all the same, or be taken yet */
        attempting[r] && troubles > 0 && !to_append[r] ->
        troubles--;
        bad_ends = (attempting[r] == first(LOG_SAYS) && bad_ends < BUDGET -> bad_ends + 1 : bad_ends);
        to_append[r] = record_of(FAILED, attempting[r], attempt_no[r]);
#ifdef WRONG_RETRY_IN_MEMORY
        failed_here[r] = true;
#endif
        attempting[r] = 0; attempt_no[r] = 0
    }
    :: d_step { /* the budget is spent */
        may_act(r) && idle(r) && has_first(r) && !view[r].dead && view[r].used >= BUDGET ->
        to_append[r] = record_of(DEAD_LETTERED, first(r), view[r].attempts + view[r].replays)
    }
    :: atomic { /* the fact becomes durable, once or twice */
        to_append[r] && log_end < RECORDS ->
        d_step { land(to_append[r]) };
        if
        :: to_append[r] = NOTHING; appended[r] = log_end
        :: unknown > 0 -> to_append[r] = NOTHING; unknown--
        :: twice > 0 -> twice--
        fi
    }
    :: d_step { /* the fact is not appended, and its owner knows */
        to_append[r] && lost > 0 -> lost--; to_append[r] = NOTHING
    }
#ifdef OWNED
    :: atomic { /* dies for good; what it wanted to append is not appended */
        crashes > 0 && gone == REPLICAS ->
        crashes--; gone = r; attempting[r] = 0; attempt_no[r] = 0; to_append[r] = NOTHING; appended[r] = 0;
        break
    }
#else
    :: d_step { /* dies: forgets what it was doing, and starts with an empty view; folding it leads to any other */
        crashes > 0 ->
        crashes--;
        attempting[r] = 0; attempt_no[r] = 0; to_append[r] = NOTHING; appended[r] = 0;
        view[r].next = 0; view[r].due = 0; view[r].settled = 0; view[r].attempts = 0; view[r].used = 0;
        view[r].replays = 0; view[r].dead = false
    }
#endif
    od
}

/* The other city takes messages as they arrive, and those it has seen again without harm. */
active proctype target() {
end:
    do
    :: d_step { on_the_wire & bit(1) -> on_the_wire = on_the_wire & ~bit(1); taken = taken | bit(1) }
#if EVENTS > 1
    :: d_step {
        on_the_wire & bit(2) ->
        must(order_is_kept, (taken | given_up) & bit(1));
        on_the_wire = on_the_wire & ~bit(2); taken = taken | bit(2)
    }
#endif
#if EVENTS > 2
    :: d_step {
        on_the_wire & bit(3) ->
        must(order_is_kept, ((taken | given_up) & bit(1)) && ((taken | given_up) & bit(2)));
        on_the_wire = on_the_wire & ~bit(3); taken = taken | bit(3)
    }
#endif
    od
}

#ifdef OWNED
/* The consumer group: what a dead member had goes to the other; otherwise it may be given away at any time. The one that
 * loses it may be in the middle of an attempt, and finishes it. */
active proctype group() {
end:
    do
    :: d_step { moves > 0 && gone == REPLICAS -> moves--; owner = 1 - owner }
#ifndef WRONG_NO_TAKEOVER
    :: d_step { gone == owner -> owner = 1 - owner }
#endif
    od
}

/* The target answers well but for `troubles` times: then every delivery ends acknowledged. */
ltl every_delivery_arrives { <> (view[LOG_SAYS].settled == EVENTS) }
#endif

/* An operator replays a dead letter, or gives it up. */
active proctype operators() {
end:
    do
    :: d_step {
        replays > 0 && view[LOG_SAYS].dead && log_end < RECORDS ->
        replays--; land(record_of(REPLAYED, first(LOG_SAYS), 0))
    }
    :: d_step {
        discards > 0 && view[LOG_SAYS].dead && log_end < RECORDS ->
        discards--; land(record_of(DISCARDED, first(LOG_SAYS), 0))
    }
    od
}

init {
    atomic {
        do
        :: log_end < EVENTS -> d_step { land(record_of(DUE, 0, 0)) }
        :: else -> break
        od;
        run replica(0); run replica(1)
    }
}
