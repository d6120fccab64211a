/* Deliveries of one case to a region that asks for them: two pollers at any replica, a time during which what was handed
 * out is hidden from others, acknowledgements and refusals that come late, twice or never. What stands for which code,
 * the assumptions and the bounds: docs/model.md. WRONG_… macros plant one mistake each; the runner wants each found.
 * Time: each record says whether the log has reached the end of the hiding; the choice is free, as for leases. */

#ifndef EVENTS
#define EVENTS 2
#endif
#ifndef RECORDS
#define RECORDS 6
#endif
#ifndef REQUESTS
#define REQUESTS 4  /* that each poller makes: asks, acknowledges, refuses, and any of them again */
#endif
#ifndef TWICE
#define TWICE 1     /* records that the producer may write a second time */
#endif
#define POLLERS 2

#define HANDED_OUT 1
#define REFUSED 2
#define ACKNOWLEDGED 3

/* What the log says of the first unsettled delivery: fold_delivery() in gateway/cases/deliveries.cpp. */
byte settled;
byte attempts;
bool hiding;
byte log_end = 0;

/* A poller's request on its way into the log, what it was given last, and under which attempt. The replica chose the
 * delivery by its view, which may be any earlier state: any delivery up to the first. */
byte kind[POLLERS];
byte delivery[POLLERS];
byte attempt[POLLERS];
bool waits[POLLERS];
byte has[POLLERS];
byte under[POLLERS];
byte twice = TWICE;

/* Seen from outside: who was given the first delivery and may still be at work on it, + 1; what was ever given to
 * anybody, and what anybody acknowledged, as bits. */
byte at_work = 0;
byte given;
byte said_taken;
#define bit(delivery) (1 << (delivery))

hidden byte one_works_on_it;
hidden byte order_is_kept;
hidden byte acknowledged_was_taken;
hidden byte refusal_is_of_its_attempt;
#define must(name, holds) name = ((holds) -> 1 : 0); assert(name)

hidden byte applied_;

/* Poller p's record becomes durable; `reached`: the hiding is over by the log's time. */
inline land(p) {
    log_end++;
    applied_ = false;
    if
#ifdef WRONG_NOT_ONLY_FIRST
    :: settled < EVENTS ->
#else
    :: delivery[p] == settled + 1 && settled < EVENTS ->
#endif
        if
#ifdef WRONG_HANDED_OUT_AT_ANY_TIME
        :: kind[p] == HANDED_OUT -> applied_ = true
#else
        :: kind[p] == HANDED_OUT -> applied_ = (!hiding || reached)
#endif
#ifdef WRONG_REFUSAL_WITHOUT_NUMBER
        :: kind[p] == REFUSED -> applied_ = true
#else
        :: kind[p] == REFUSED -> applied_ = (attempt[p] == attempts)
#endif
        :: kind[p] == ACKNOWLEDGED -> applied_ = true
        fi
    :: else
    fi;
    if
    :: applied_ && kind[p] == HANDED_OUT ->
        must(one_works_on_it, at_work == 0 || reached);
        attempts++; hiding = true; at_work = p + 1
    :: applied_ && kind[p] == REFUSED ->
        must(refusal_is_of_its_attempt, at_work == 0 || at_work == p + 1);
        hiding = true; at_work = 0 /* put off for a while */
    :: applied_ && kind[p] == ACKNOWLEDGED ->
        must(acknowledged_was_taken, said_taken & bit(settled + 1));
        settled++; attempts = 0; hiding = false; at_work = 0
    :: else
    fi
}

/* The answer: only an own record that counted gives the poller anything. */
inline answer(p) {
    waits[p] = false;
    if
    :: applied_ && kind[p] == HANDED_OUT ->
        must(order_is_kept, delivery[p] == 1 || (said_taken & bit(delivery[p] - 1)));
        given = given | bit(delivery[p]);
        has[p] = delivery[p];
        under[p] = attempts
    :: else
    fi
}

active proctype the_log() {
    bool reached = false;
    byte p = 0;
end:
    do
    :: atomic {
        log_end < RECORDS && (kind[0] || kind[1]) ->
        if
        :: kind[0] -> p = 0
        :: kind[1] -> p = 1
        fi;
        if
        :: reached = false
        :: hiding -> reached = true
        fi;
        d_step { land(p) };
        if
        :: d_step { waits[p] -> answer(p) } /* only once: an answer that got lost is one nobody waits for */
        :: else
        fi;
        if
        :: kind[p] = 0; delivery[p] = 0; attempt[p] = 0
        :: twice > 0 -> twice--
        fi;
        reached = false; p = 0
    }
    :: d_step { kind[0] && !waits[0] -> kind[0] = 0; delivery[0] = 0; attempt[0] = 0 } /* never becomes durable */
    :: d_step { kind[1] && !waits[1] -> kind[1] = 0; delivery[1] = 0; attempt[1] = 0 }
    od
}

inline send(what, which, number) {
    kind[p] = what; delivery[p] = which; attempt[p] = number; waits[p] = true; n++
}

proctype poller(byte p) {
    byte n = 0;
    do
    :: atomic {
        n < REQUESTS && kind[p] == 0 ->
        if
        :: settled < EVENTS -> send(HANDED_OUT, settled + 1, 0)
        :: settled > 0 -> send(HANDED_OUT, settled, 0) /* an old view */
#ifdef WRONG_NEXT_WHILE_HIDDEN
        :: settled + 1 < EVENTS -> send(HANDED_OUT, settled + 2, 0)
#endif
        :: has[p] -> said_taken = said_taken | bit(has[p]); send(ACKNOWLEDGED, has[p], 0)
        :: has[p] -> send(REFUSED, has[p], under[p])
#ifdef WRONG_ACKNOWLEDGED_WHEN_HANDED_OUT
        :: settled < EVENTS -> send(ACKNOWLEDGED, settled + 1, 0)
#endif
        fi
    };
        if
        :: !waits[p]
        :: waits[p] = false /* a deadline passes, the replica dies, or the answer is lost */
        fi
    :: n == REQUESTS -> break
    od
}

init { atomic { run poller(0); run poller(1) } }
