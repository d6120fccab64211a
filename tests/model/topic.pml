/* Deliveries of one case into a region's Kafka topic: each is committed in one transaction with a record of progress in
 * a topic of its own, never with the ledger; the ledger learns of it after. Two replicas that may both believe they own
 * the partition, die, or go on after a pause; brokers that fence by transactional id. What stands for which code, the
 * assumptions and the bounds: docs/model.md. WRONG_… macros plant one mistake each; the runner wants each found. */

#ifndef EVENTS
#define EVENTS 3
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef MOVES
#define MOVES 3     /* times that a replica comes to believe it owns the partition */
#endif
#ifndef LOST
#define LOST 2      /* answers of brokers that do not arrive, and facts that are not appended */
#endif
#ifndef REPLICAS
#define REPLICAS 2
#endif
#define NOBODY REPLICAS

/* The region's topic and the topic of progress as a read_committed reader sees them: the deliveries in order, and the
 * last one that progress names. Only order and number matter, so the topic is a count and what came last. */
byte in_topic[EVENTS + 1];  /* delivery → times that a reader of the region sees it */
byte newest;                /* the last that it sees */
byte progress;

/* The brokers' word on the transactional id, one for the partition: who holds its newest epoch, and that one's open
 * transaction. */
byte epoch_of = NOBODY;
byte in_transaction[REPLICAS];

/* The ledger: deliveries that are acknowledged there. Their facts are appended in order and taken in order. */
byte acknowledged;

/* A replica's own memory. */
mtype = { idle, gained, fenced_others, ready, produced, committed };
mtype does[REPLICAS] = idle;
byte next_due[REPLICAS];    /* what it believes is next */
byte crashes = CRASHES;
byte moves = MOVES;
byte lost = LOST;

hidden byte seen_once;
hidden byte order_is_kept;
hidden byte acknowledged_is_in_topic;
#define must(name, holds) name = ((holds) -> 1 : 0); assert(name)

#ifdef WRONG_NO_FENCING
#define holds_epoch(r) true
#else
#define holds_epoch(r) (epoch_of == r)
#endif

#ifdef WRONG_FAILED_STEPS_BACK
#define chosen(r) (lost < LOST && next_due[r] < EVENTS -> next_due[r] + 1 : next_due[r])
#else
#define chosen(r) next_due[r]
#endif

/* The commit: all of the transaction becomes visible together. */
inline commit(r) {
    in_topic[in_transaction[r]]++;
    must(seen_once, in_topic[in_transaction[r]] == 1);
    must(order_is_kept, in_transaction[r] == newest + 1);
    newest = in_transaction[r];
#ifndef WRONG_PROGRESS_APART
    progress = newest;
#endif
    in_transaction[r] = 0
}

inline forget(r) {
    next_due[r] = 0;
    does[r] = idle
}

/* An acknowledgement in the ledger; it takes only the first that is unsettled (deliveries.pml). */
inline learn() {
    acknowledged++;
    must(acknowledged_is_in_topic, in_topic[acknowledged] > 0)
}

proctype replica(byte r) {
end:
    do
    /* The group says: yours. The other may not have heard yet. */
    :: d_step { does[r] == idle && moves > 0 -> moves--; does[r] = gained }
#ifdef WRONG_PROGRESS_READ_FIRST
    :: d_step { does[r] == gained -> next_due[r] = progress + 1; does[r] = fenced_others }
    :: d_step {
        does[r] == fenced_others ->
        if
        :: epoch_of != NOBODY -> in_transaction[epoch_of] = 0
        :: else
        fi;
        epoch_of = r;
        does[r] = ready
    }
#else
    /* InitTransactions: a new epoch, and whatever was open under the old one is aborted. */
    :: d_step {
        does[r] == gained ->
#ifndef WRONG_NO_FENCING
        if
        :: epoch_of != NOBODY -> in_transaction[epoch_of] = 0
        :: else
        fi;
#endif
        epoch_of = r;
        does[r] = fenced_others
    }
    /* Only then is progress read: nobody else can move it any more. */
    :: d_step {
        does[r] == fenced_others ->
#ifdef WRONG_LEDGER_TELLS_PROGRESS
        next_due[r] = acknowledged + 1;
#else
#ifdef WRONG_READER_LAGS
        next_due[r] = (progress > 0 -> progress : 1); /* all but the newest record */
#else
        next_due[r] = progress + 1;
#endif
#endif
        does[r] = ready
    }
#endif
    /* What progress names and the ledger does not know is told to the ledger first. */
#ifndef WRONG_LEDGER_IS_NOT_TOLD_AGAIN
    :: d_step { does[r] == ready && acknowledged + 1 < next_due[r] -> learn() }
#endif
    :: atomic {
        does[r] == ready && next_due[r] <= EVENTS && acknowledged + 1 >= next_due[r] ->
        if
        :: d_step { holds_epoch(r) -> in_transaction[r] = chosen(r); does[r] = produced }
        :: d_step { !holds_epoch(r) -> forget(r) } /* fenced: it owns nothing any more */
        fi
    }
#ifdef WRONG_ACKNOWLEDGED_BEFORE_COMMIT
    :: d_step { does[r] == produced && acknowledged + 1 == next_due[r] -> learn() }
#endif
    /* Brokers refuse or do not acknowledge what was produced: aborted, and tried again. */
    :: d_step {
        does[r] == produced && holds_epoch(r) && lost > 0 ->
        lost--; in_transaction[r] = 0;
        does[r] = ready
    }
    /* The commit is asked for, does not arrive, and the producer does not know: left to the next epoch. */
    :: d_step { does[r] == produced && holds_epoch(r) && lost > 0 -> lost--; does[r] = gained }
    /* The commit is asked for: done and answered, done with the answer lost, or refused. */
    :: d_step { does[r] == produced && !holds_epoch(r) -> forget(r) }
    :: atomic {
        does[r] == produced && holds_epoch(r) ->
        d_step { commit(r) };
        if
        :: does[r] = committed
        :: d_step { lost > 0 -> lost--; does[r] = gained } /* unknown: a new epoch, and progress tells */
        fi
    }
#ifdef WRONG_PROGRESS_APART
    :: d_step { does[r] == committed && progress < next_due[r] -> progress = next_due[r] }
#define progress_is_written(r) (progress >= next_due[r])
#else
#define progress_is_written(r) true
#endif
    /* The ledger learns of it; when that append is lost, the view still shows it as due, and progress as done. */
    :: atomic {
        does[r] == committed && progress_is_written(r) ->
        if
        :: d_step { if :: acknowledged + 1 == next_due[r] -> learn() :: else fi; next_due[r]++; does[r] = ready }
        :: d_step { lost > 0 -> lost--; next_due[r]++; does[r] = ready }
        fi
    }
    /* The group says: not yours any more. */
    :: d_step { does[r] == ready && epoch_of != r -> forget(r) }
    :: d_step { crashes > 0 && does[r] != idle -> crashes--; moves++; forget(r) }
    od
}

init { atomic { run replica(0); run replica(1);
#if REPLICAS > 2
    run replica(2)
#endif
} }

ltl every_delivery_arrives { <> (acknowledged == EVENTS) }
