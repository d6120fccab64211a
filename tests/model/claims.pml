/* Claims, leases, fencing and deduplication of one case: windows, replicas, one log. What stands for which code, the
 * assumptions and the bounds: docs/model.md. WRONG_… macros plant one mistake each; the runner wants each found.
 * Time: each record says whether the lease that stands has run out at the record's own time. The choice is free, so any
 * length of lease and a log whose clock jumps, forwards or back, are covered. */

#ifndef WINDOWS
#define WINDOWS 2   /* operators at windows; 0 and 1 share one partner (certificate), 2 is another's */
#endif
#ifndef REPLICAS
#define REPLICAS 2
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 2  /* requests a window makes, retries among them */
#endif
#ifndef RECORDS
#define RECORDS 5   /* the log ends here; what has not landed by then never does */
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef TWICE
#define TWICE 1     /* records that the producer may write a second time */
#endif
#ifndef LOST
#define LOST 1      /* script: appends that never become durable */
#endif

#define SLOTS (WINDOWS * ATTEMPTS)
#define TURN SLOTS  /* the record of a platform that passes the turn to the other side and back */
#define EXPIRY(token) (SLOTS + (token)) /* the record of a timer that says the lease with this token is over */
#define NOBODY WINDOWS
#define partner_of(w) ((w) / 2)

/* An event is (window, what): the same event sent again is a retry. Claims 0 and 1 are two wishes (two keys). */
#define CLAIM_0 0
#define CLAIM_1 1
#define ACT 2
#define RELEASE 3
#define event_bit(w, e) (1 << ((w) * 4 + (e)))
#define is_claim(e) ((e) == CLAIM_0 || (e) == CLAIM_1)

#define APPLIED 0
#define DUPLICATE 1
#define REFUSED 2

/* A request: which event, under which token. It flies until it lands in the log, which it may do late or twice. */
typedef attempt { byte event; byte token; bool flying };
attempt sent[SLOTS];

/* The log: slot of the request and, as its lowest bit, whether the standing lease has run out at the record's time. */
byte log_record[RECORDS];
byte log_end = 0;

/* CaseState, as far as claims go, and how far the log is folded into it. The last one is nobody's: it is folded as
 * records land, so it is what the log says. */
typedef case_view { byte next; byte token; byte holder; short applied };
case_view view[REPLICAS + 1];
#define LOG_SAYS REPLICAS

/* Who waits where for its attempt: `waiting` of gateway/ledger. 0: nobody. */
byte waits_at[WINDOWS];      /* replica + 1 */
byte waits_for[WINDOWS];     /* slot */
bool unknown[WINDOWS];       /* the answer was "outcome unknown" */
byte newest_token[WINDOWS];  /* what the window was told, and what it was told before */
byte older_token[WINDOWS];

byte crashes = CRASHES;
byte twice = TWICE;
byte lost = LOST;
byte ended = 0;              /* windows that have finished */
bool turn_passed = false;
byte proposals = 0;

/* What happened, seen from outside. */
short took_effect;                 /* events that changed the case, in log order */
byte claimed_last = NOBODY;        /* whose claim was taken last and not given back or ended since */
byte told_to[RECORDS + 2];         /* token → window that was told it, + 1 */

#ifdef SCRIPT
#define no_answer(w) unknown[w] = true
#define no_answer_for(slot) unknown[(slot) / ATTEMPTS] = (waits_for[(slot) / ATTEMPTS] == slot)
#else
#define no_answer(w) waits_for[w] = 0
#endif

/* Properties: the checker prints the name of the one that does not hold. */
hidden byte one_token_one_holder;
hidden byte late_holder_has_no_effect;
hidden byte timer_ends_no_live_lease;
hidden byte accepted_is_in_the_log;
hidden byte accepted_can_be_read;
hidden byte event_takes_effect_once;
hidden byte replicas_agree;
#define must(name, holds) name = ((holds) -> 1 : 0); assert(name)

/* Scratch of the steps below; no part of a state. */
hidden byte slot_, w_, e_, token_, verdict_, i_;
hidden byte late_, extends_;

/* evolve(): gateway/cases/{evolve,claims}.cpp. */
#define s_ view[v]
inline judge(v) {
    extends_ = s_.holder == w_ && !late_;
    if
#ifndef WRONG_NO_DEDUPLICATION
    :: (s_.applied & event_bit(w_, e_)) -> verdict_ = DUPLICATE
#endif
    :: else ->
        if
        :: is_claim(e_) ->
            if
            :: s_.holder == NOBODY || late_ -> verdict_ = APPLIED
            :: else ->
                verdict_ = (extends_ && (token_ == 0 || token_ == s_.token) -> APPLIED : REFUSED)
            fi
        :: e_ == RELEASE ->
            verdict_ = (s_.holder != NOBODY && partner_of(s_.holder) == partner_of(w_) && token_ == s_.token ->
                        APPLIED : REFUSED)
        :: else ->
#ifdef WRONG_NO_FENCING
            verdict_ = (s_.holder != NOBODY && !late_ && partner_of(s_.holder) == partner_of(w_) ->
                        APPLIED : REFUSED)
#else
            verdict_ = (s_.holder != NOBODY && !late_ && token_ != 0 && token_ == s_.token &&
                        partner_of(s_.holder) == partner_of(w_) -> APPLIED : REFUSED)
#endif
        fi
    fi
}

/* Folds the record at view[v].next. */
inline fold(v) {
    slot_ = log_record[s_.next] >> 1;
    late_ = log_record[s_.next] & 1;
    s_.next++;
    if
    :: slot_ == TURN ->
        s_.holder = NOBODY;
        verdict_ = REFUSED /* nobody waits for it */
    :: slot_ > TURN ->
#ifdef WRONG_TIMER_DECIDES
        verdict_ = (s_.holder != NOBODY && slot_ == EXPIRY(s_.token) -> APPLIED : REFUSED);
#else
        verdict_ = (s_.holder != NOBODY && slot_ == EXPIRY(s_.token) && late_ -> APPLIED : REFUSED);
#endif
        s_.holder = (verdict_ == APPLIED -> NOBODY : s_.holder)
    :: else ->
        w_ = slot_ / ATTEMPTS;
        e_ = sent[slot_].event;
        token_ = sent[slot_].token;
        judge(v);
        if
        :: verdict_ == APPLIED ->
            s_.applied = s_.applied | event_bit(w_, e_);
            if
            :: is_claim(e_) ->
#ifdef WRONG_TOKEN_STAYS
                s_.token = (s_.token == 0 -> 1 : s_.token);
#else
                s_.token = (extends_ -> s_.token : s_.token + 1);
#endif
                s_.holder = w_
            :: e_ == RELEASE -> s_.holder = NOBODY
            :: else
            fi
        :: else
        fi
    fi
}

/* What the window learns from 200 with the state after its record (or as it stands): window_work.cpp receipt_of(). */
inline tell(v) {
    must(accepted_is_in_the_log, took_effect & event_bit(w_, e_));
    must(accepted_can_be_read, s_.applied & event_bit(w_, e_));
    if
#ifdef WRONG_DUPLICATE_SHOWS_ANY_LEASE
    :: is_claim(e_) && s_.holder != NOBODY ->
#else
    :: is_claim(e_) && s_.holder == w_ ->
#endif
        must(one_token_one_holder, told_to[s_.token] == 0 || told_to[s_.token] == w_ + 1);
        told_to[s_.token] = w_ + 1;
        if
        :: newest_token[w_] != s_.token ->
            older_token[w_] = newest_token[w_];
            newest_token[w_] = s_.token
        :: else
        fi
    :: else
    fi
}

/* A record becomes durable, and the world outside notes what it did. */
inline land(slot) {
    log_record[log_end] = (slot << 1) | late;
    log_end++;
    fold(LOG_SAYS);
    if
    :: slot == TURN -> claimed_last = NOBODY
    :: slot > TURN && verdict_ == APPLIED ->
        must(timer_ends_no_live_lease, late_ && claimed_last != NOBODY);
        claimed_last = NOBODY
    :: slot < TURN && verdict_ == APPLIED ->
        must(event_takes_effect_once, !(took_effect & event_bit(w_, e_)));
        took_effect = took_effect | event_bit(w_, e_);
        if
        :: is_claim(e_) -> claimed_last = w_
        :: e_ == RELEASE -> claimed_last = NOBODY
        :: else -> must(late_holder_has_no_effect, claimed_last == w_ && !late_)
        fi
    :: else
    fi
}

#define lease_may_run_out \
    if \
    :: late = false \
    :: view[LOG_SAYS].holder != NOBODY -> late = true \
    fi

#ifdef WRONG_ANSWER_BEFORE_PROJECTED
#define answer_now(slot) \
    if \
    :: waits_at[w_] && waits_for[w_] == slot && verdict_ != REFUSED -> \
        i_ = waits_at[w_] - 1; waits_at[w_] = 0; waits_for[w_] = 0; tell(i_) \
    :: else \
    fi
#else
#define answer_now(slot) skip
#endif

#define in_flight(slot) \
    :: atomic { \
        sent[slot].flying && log_end < RECORDS -> \
        lease_may_run_out; \
        if \
        :: sent[slot].flying = false \
        :: twice > 0 -> twice-- \
        fi; \
        d_step { land(slot); answer_now(slot); late = false } \
    }

#ifdef SCRIPT
#ifdef WRONG_NO_DEADLINE
#define lose(slot) sent[slot].flying = false
#else
#define lose(slot) sent[slot].flying = false; no_answer_for(slot)
#endif
#define may_be_lost(slot) \
    :: d_step { sent[slot].flying && lost > 0 -> lost--; lose(slot) }
#else
#define may_be_lost(slot)
#endif
#define flight(slot) in_flight(slot) may_be_lost(slot)

active proctype the_log() {
    bool late = false;
end:
    do
    flight(0) flight(1)
#if SLOTS > 2
    flight(2)
#endif
#if SLOTS > 3
    flight(3)
#endif
#if SLOTS > 4
    flight(4)
#endif
#if SLOTS > 5
    flight(5)
#endif
#if SLOTS > 6
    flight(6)
#endif
#if SLOTS > 7
    flight(7)
#endif
#ifdef TURN_PASSES
    :: atomic { !turn_passed && log_end < RECORDS -> turn_passed = true; d_step { land(TURN) } }
#endif
#ifdef TIMER
    :: atomic { /* two replicas may both propose it, late or early */
        proposals < 2 && view[LOG_SAYS].token > 0 && log_end < RECORDS ->
        proposals++;
        lease_may_run_out;
        if
        :: d_step { land(EXPIRY(view[LOG_SAYS].token)); late = false }
        :: d_step { view[LOG_SAYS].token > 1 -> land(EXPIRY(view[LOG_SAYS].token - 1)); late = false }
        fi
    }
#endif
    od
}

/* A replica folds the log; it may die at any step and start from any earlier state of its view (the last one that was
 * flushed, or none), never from one whose rows and position do not belong together. It folds when somebody waits for it:
 * a fold that nobody sees may as well come later, and at the end all is folded. */
#if WINDOWS > 2
#define somebody_waits_at(r) (waits_at[0] == r + 1 || waits_at[1] == r + 1 || waits_at[2] == r + 1)
#else
#define somebody_waits_at(r) (waits_at[0] == r + 1 || waits_at[1] == r + 1)
#endif

inline answer(r) {
    if
    :: slot_ < TURN && waits_at[w_] == r + 1 && waits_for[w_] == slot_ ->
        waits_at[w_] = 0;
        waits_for[w_] = 0;
        if
        :: verdict_ != REFUSED -> tell(r)
        :: else
        fi;
        break
    :: else
    fi
}

#ifdef FORGETFUL
#define finished false
#else
#define finished (ended == WINDOWS)
#endif

proctype replica(byte r) {
    byte from = 0;
end:
    do
    :: d_step {
        view[r].next < log_end && (somebody_waits_at(r) || finished) ->
        do
        :: view[r].next < log_end ->
#ifdef WRONG_OWN_CLOCK
            from = log_record[view[r].next];
            log_record[view[r].next] = from & 254;
            fold(r);
            log_record[view[r].next - 1] = from;
            from = 0;
#else
            fold(r);
#endif
            answer(r)
        :: else -> break
        od;
#ifdef FORGETFUL
        /* What a view holds is a function of how far it has folded (replicas_agree, proven without this macro), so one
         * that starts over each time does what any other does. For its window a crash is then a deadline that passes. */
        view[r].next = 0; view[r].token = 0; view[r].holder = NOBODY; view[r].applied = 0
#else
        must(replicas_agree, view[r].next < log_end ||
             (view[r].token == view[LOG_SAYS].token && view[r].holder == view[LOG_SAYS].holder &&
              view[r].applied == view[LOG_SAYS].applied))
#endif
    }
#ifndef FORGETFUL
    :: atomic {
        crashes > 0 ->
        crashes--;
        from = 0;
        do
        :: from < view[r].next -> from++
        :: break
        od;
        d_step {
            for (i_ : 0 .. WINDOWS - 1) {
                if
                :: waits_at[i_] == r + 1 -> waits_at[i_] = 0; no_answer(i_)
                :: else
                fi
            }
            view[r].next = 0; view[r].token = 0; view[r].holder = NOBODY; view[r].applied = 0;
            do
            :: view[r].next < from -> fold(r)
            :: else -> break
            od;
#ifdef WRONG_POSITION_APART
            view[r].next = (view[r].next < log_end -> view[r].next + 1 : view[r].next);
#endif
            from = 0
        }
    }
#endif
    od
}

/* Sends the event to any replica; the request has its own slot, and its answer comes from that replica alone. */
inline send(event_, under) {
    sent[w * ATTEMPTS + n].event = event_;
    sent[w * ATTEMPTS + n].token = under;
    sent[w * ATTEMPTS + n].flying = true;
    if
    :: waits_at[w] = 1
    :: w > 0 || n > 0 -> waits_at[w] = 2 /* replicas are alike: the first request goes to the first */
#if REPLICAS > 2
    :: waits_at[w] = 3
#endif
    fi;
    waits_for[w] = w * ATTEMPTS + n;
#ifdef SCRIPT
    unknown[w] = false;
#endif
    n++;
#ifdef WRONG_ANSWER_BEFORE_DURABLE
    d_step { w_ = w; e_ = event_; waits_at[w] = 0; must(accepted_is_in_the_log, took_effect & event_bit(w_, e_)) }
#endif
#ifdef WRONG_VIEW_DECIDES
    d_step {
        w_ = w; e_ = event_; token_ = under; late_ = false; i_ = waits_at[w] - 1;
        if
        :: is_claim(e_) && view[i_].holder == NOBODY ->
            waits_at[w] = 0;
            must(one_token_one_holder, told_to[view[i_].token + 1] == 0 || told_to[view[i_].token + 1] == w + 1);
            told_to[view[i_].token + 1] = w + 1
        :: else
        fi
    }
#endif
}

#ifndef SCRIPT
/* The most general client: any event at any time, again and again, under any token it was ever told, through any
 * replica, waiting for the answer or not. */
proctype window(byte w) {
    byte n = 0;
    do
    :: atomic {
        n < ATTEMPTS ->
        if
        :: send(CLAIM_0, 0)
        :: took_effect & event_bit(w, CLAIM_0) -> send(CLAIM_1, newest_token[w])
        :: newest_token[w] -> send(ACT, newest_token[w])
        :: older_token[w] -> send(ACT, older_token[w])
        :: newest_token[w] -> send(RELEASE, newest_token[w])
        fi
    }
        if
        :: waits_at[w] == 0
        :: atomic { waits_at[w] != 0 -> waits_at[w] = 0; waits_for[w] = 0 }
        fi
    :: n == ATTEMPTS -> break
    od;
    ended++
}
#else
/* A well-behaved client: claims, sends again what it had no answer to; the first acts when it holds the case. */
proctype window(byte w) {
    byte n = 0;
    byte event = CLAIM_0;
    do
    :: atomic { send(event, newest_token[w]) };
        if
        :: atomic { unknown[w] -> waits_at[w] = 0 }
        :: atomic {
            waits_at[w] == 0 && !unknown[w] ->
            if
            :: event == CLAIM_0 && newest_token[w] && w == 0 -> event = ACT
            :: else -> break
            fi
        }
        fi
    od;
    ended++
}
ltl every_request_ends { <> (ended == WINDOWS) }
#endif

init {
    atomic {
        for (i_ : 0 .. REPLICAS) {
            view[i_].holder = NOBODY
        }
        run replica(0); run replica(1);
#if REPLICAS > 2
        run replica(2);
#endif
        run window(0); run window(1);
#if WINDOWS > 2
        run window(2)
#endif
    }
}
