// What is dealt with and committed, which partitions pause, and how it all stands: the half of the source
// that moves no messages.
#include "connectors/log/kafka_source.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;

// For questions asked from within next(): how far paused partitions have come, which missing topics are
// there.
constexpr milliseconds question_wait{1000};

// A topic whose fetch was not refused for so long may be read again, also when nothing comes: it is tried once in a
// refresh interval.
constexpr milliseconds denial_memory{15000};

// For the last commit of a partition that is taken away; less than the session time-out, so that a member is
// not thrown out for waiting.
constexpr milliseconds last_commit_wait{3000};

kafka_partitions list_of(const std::vector<source_turns::commit>& commits) {
    kafka_partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(commits.size())));
    for (const source_turns::commit& each : commits)
        rd_kafka_topic_partition_list_add(list.get(), each.of.first.c_str(),
                                          static_cast<int32_t>(each.of.second))
            ->offset = static_cast<int64_t>(each.next);
    return list;
}

} // namespace

void kafka_source::done(std::span<const source_position> positions) {
    const std::scoped_lock lock(mutex_);
    for (const source_position& p : positions)
        if (!turns_.done({std::string(p.topic), p.partition}, p.turn, p.offset))
            ++statistics_.done_ignored;
}

// One commit under way at a time: a repeated older one can never undo a later one.
void kafka_source::commit_what_is_done() {
    std::vector<source_turns::commit> commits;
    {
        const std::scoped_lock lock(mutex_);
        commits = turns_.take_uncommitted();
    }
    if (commits.empty())
        return;
    const kafka_partitions list = list_of(commits);
    const rd_kafka_resp_err_t failure = rd_kafka_commit(handle_.get(), list.get(), 1);
    if (failure == RD_KAFKA_RESP_ERR_NO_ERROR)
        commit_under_way_ = true;
    else
        note_commit(failure, list.get());
}

// When partitions are taken away: before the group hears that they are given up.
void kafka_source::commit_at_once(const rd_kafka_topic_partition_list_t* partitions) {
    std::vector<source_turns::commit> commits;
    {
        const std::scoped_lock lock(mutex_);
        for (int i = 0; i < partitions->cnt; ++i) {
            const rd_kafka_topic_partition_t& each = partitions->elems[i];
            const auto taken =
                turns_.take_uncommitted({each.topic, static_cast<std::uint32_t>(each.partition)});
            commits.insert(commits.end(), taken.begin(), taken.end());
        }
    }
    if (commits.empty())
        return;
    // Not rd_kafka_commit() and its wait: it has no end while a coordinator is silent.
    const kafka_partitions list = list_of(commits);
    const kafka_queue_handle answers(rd_kafka_queue_new(handle_.get()));
    bool answered = false;
    const auto on_answer = [&](rd_kafka_resp_err_t code, const rd_kafka_topic_partition_list_t* told) {
        answered = true;
        note_commit(code, told != nullptr ? told : list.get());
    };
    const rd_kafka_resp_err_t failure = rd_kafka_commit_queue(
        handle_.get(), list.get(), answers.get(),
        [](rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* told, void* act) {
            (*static_cast<decltype(on_answer)*>(act))(code, told);
        },
        const_cast<void*>(static_cast<const void*>(&on_answer)));
    const auto until = std::chrono::steady_clock::now() + last_commit_wait;
    while (failure == RD_KAFKA_RESP_ERR_NO_ERROR && !answered && std::chrono::steady_clock::now() < until)
        rd_kafka_queue_poll_callback(answers.get(), 100);
    if (!answered)
        note_commit(failure != RD_KAFKA_RESP_ERR_NO_ERROR ? failure : RD_KAFKA_RESP_ERR__TIMED_OUT,
                    list.get());
}

void kafka_source::on_commit(kafka_code code, const rd_kafka_topic_partition_list_t* partitions) {
    commit_under_way_ = false;
    note_commit(code, partitions);
}

void kafka_source::note_commit(kafka_code code, const rd_kafka_topic_partition_list_t* partitions) {
    kafka_code worst = code;
    {
        const std::scoped_lock lock(mutex_);
        for (int i = 0; i < partitions->cnt; ++i) {
            const rd_kafka_topic_partition_t& each = partitions->elems[i];
            const kafka_code ended = code != RD_KAFKA_RESP_ERR_NO_ERROR ? code : each.err;
            worst = ended != RD_KAFKA_RESP_ERR_NO_ERROR ? ended : worst;
            turns_.commit_ended({{each.topic, static_cast<std::uint32_t>(each.partition)},
                                 static_cast<std::uint64_t>(each.offset)},
                                ended == RD_KAFKA_RESP_ERR_NO_ERROR);
        }
        ++(worst == RD_KAFKA_RESP_ERR_NO_ERROR ? statistics_.commits : statistics_.commits_failed);
        commit_error_ = worst == RD_KAFKA_RESP_ERR_NO_ERROR
                            ? std::string()
                            : "positions cannot be committed: " + kafka_error_text(worst);
    }
    if (worst != RD_KAFKA_RESP_ERR_NO_ERROR)
        on_log(4, "positions not committed: " + kafka_error_text(worst));
}

void kafka_source::want_pause(const source_position& in, bool paused) {
    const std::scoped_lock lock(mutex_);
    source_turns::turn* turn = turns_.find({std::string(in.topic), in.partition});
    if (turn != nullptr && turn->number == in.turn)
        wishes_[{std::string(in.topic), in.partition}] = paused;
}

// librdkafka throws away what it fetched of a paused partition, and goes on behind the last message given.
void kafka_source::apply_pauses() {
    std::map<place, bool> wishes;
    {
        const std::scoped_lock lock(mutex_);
        wishes.swap(wishes_);
        std::erase_if(wishes, [&](const auto& wish) {
            source_turns::turn* turn = turns_.find(wish.first);
            return turn == nullptr || std::exchange(turn->paused, wish.second) == wish.second;
        });
    }
    for (const auto& [of, paused] : wishes) {
        const kafka_partitions list = list_of({{of, 0}});
        if (paused)
            rd_kafka_pause_partitions(handle_.get(), list.get());
        else
            rd_kafka_resume_partitions(handle_.get(), list.get());
    }
}

void kafka_source::on_message_error(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return;
    const std::string topic = message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt);
    const std::string text = kafka_error_text(message.err);
    const bool about_topic = names_.contains(topic);
    {
        const std::scoped_lock lock(mutex_);
        if (about_topic && (message.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                            message.err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC))
            missing_[topic] = "does not exist";
        else if (about_topic && is_authorisation_error(message.err)) {
            missing_[topic] = text;
            if (message.partition >= 0)
                denied_[topic] = std::chrono::steady_clock::now();
        }
    }
    on_error((topic.empty() ? "" : topic + ": ") + text);
}

void kafka_source::on_error(const std::string& text) {
    on_log(4, text);
    const std::scoped_lock lock(mutex_);
    ++statistics_.errors;
    last_error_ = text;
    if (!not_settled_.empty())
        not_settled_ = "group " + source_.group + ": " + text;
}

void kafka_source::on_statistics(std::string_view json) {
    std::optional<kafka_group_state> state = read_group_state(json);
    if (!state)
        return;
    const std::scoped_lock lock(mutex_);
    for (auto& [of, ends] : state->ends) {
        const source_turns::turn* turn = turns_.find(of);
        if (turn == nullptr)
            continue;
        // Of a paused partition nothing is fetched, and so nothing new is known here: see
        // ask_ends_of_paused().
        if (turn->paused)
            ends.high = std::max(ends.high, ends_[of].high);
        ends_[of] = ends;
    }
    if (state->settled()) {
        last_error_.clear();
        not_settled_.clear();
        // What could not be committed may be somebody else's by now.
        if (!turns_.uncommitted())
            commit_error_.clear();
    } else if (not_settled_.empty() || last_error_.empty()) {
        not_settled_ =
            "joining the group " + source_.group + ": " + (last_error_.empty() ? state->text() : last_error_);
    }
}

// The group's members learn of a topic that appears by themselves; only what health says of it is asked here.
void kafka_source::find_missing_topics() {
    std::vector<std::string> missing;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& [topic, why] : missing_)
            missing.push_back(topic);
    }
    for (const std::string& topic : missing) {
        const kafka_topic_handle asked = make_topic_handle(handle_.get(), topic);
        const rd_kafka_metadata_t* metadata = nullptr;
        if (rd_kafka_metadata(handle_.get(), 0, asked.get(), &metadata,
                              static_cast<int>(question_wait.count())) != RD_KAFKA_RESP_ERR_NO_ERROR)
            return; // the brokers are silent: nothing is learnt of the others either
        const bool there = metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
        rd_kafka_metadata_destroy(metadata);
        const std::scoped_lock lock(mutex_);
        const auto refused = denied_.find(topic);
        if (!there || (refused != denied_.end() && std::chrono::steady_clock::now() - refused->second < denial_memory))
            continue;
        missing_.erase(topic);
        denied_.erase(topic);
    }
}

// Whoever may describe a topic and not read it sees it in the metadata; librdkafka tells a refused fetch once, until the
// partition's fetch begins anew. Nothing is thrown away by that: nothing was fetched.
void kafka_source::try_denied_topics() {
    std::vector<source_turns::commit> again;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& [of, turn] : turns_.all())
            if (denied_.contains(of.first) && !turn.paused)
                again.push_back({of, 0});
    }
    if (again.empty())
        return;
    const kafka_partitions list = list_of(again);
    rd_kafka_pause_partitions(handle_.get(), list.get());
    rd_kafka_resume_partitions(handle_.get(), list.get());
}

void kafka_source::ask_ends_of_paused() {
    std::vector<source_turns::commit> paused;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& [of, turn] : turns_.all())
            if (turn.paused)
                paused.push_back({of, 0});
    }
    if (paused.empty())
        return;
    const kafka_partitions asked = list_of(paused);
    for (int i = 0; i < asked->cnt; ++i)
        asked->elems[i].offset = RD_KAFKA_OFFSET_END;
    if (rd_kafka_offsets_for_times(handle_.get(), asked.get(), static_cast<int>(question_wait.count())) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    const std::scoped_lock lock(mutex_);
    for (int i = 0; i < asked->cnt; ++i) {
        const rd_kafka_topic_partition_t& answer = asked->elems[i];
        if (answer.err == RD_KAFKA_RESP_ERR_NO_ERROR && answer.offset >= 0)
            ends_[{answer.topic, static_cast<std::uint32_t>(answer.partition)}].high = answer.offset;
    }
}

source_health kafka_source::health() const {
    const std::scoped_lock lock(mutex_);
    std::string reason = not_settled_;
    const auto add = [&](const std::string& text) { reason += (reason.empty() ? "" : "; ") + text; };
    for (const auto& [topic, why] : missing_)
        add("topic " + topic + ": " + why);
    if (!commit_error_.empty())
        add(commit_error_);
    return {reason.empty(), reason};
}

source_statistics kafka_source::statistics() const {
    const std::scoped_lock lock(mutex_);
    source_statistics now = statistics_;
    for (const auto& [of, turn] : turns_.all()) {
        topic_statistics& topic = now.topics[of.first];
        topic.partitions += 1;
        topic.paused += turn.paused ? 1 : 0;
        const auto known = ends_.find(of);
        if (known == ends_.end() || known->second.high < 0)
            topic.lag.reset();
        if (!topic.lag)
            continue;
        const kafka_partition_ends& ends = known->second;
        const auto handled = static_cast<std::int64_t>(std::max(turn.handled, turn.committed));
        const std::int64_t from = std::max({handled, ends.committed, ends.low, std::int64_t{0}});
        *topic.lag += ends.high > from ? static_cast<std::uint64_t>(ends.high - from) : 0;
    }
    // What is known of a topic that cannot be read now is of the past.
    for (auto& [name, topic] : now.topics)
        if (missing_.contains(name) || !not_settled_.empty())
            topic.lag.reset();
    return now;
}

} // namespace tongban::log
