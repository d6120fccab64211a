// The regions that read topics, and what of that does not work now: shared by all partitions' workers. Thread-safe.
#pragma once

#include "gateway/delivery/topic_message.hpp"
#include "gateway/delivery/topic_metrics.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tongban::delivery {

using topic_targets = std::vector<topic_target>;

class topic_standing {
public:
    explicit topic_standing(const topic_metrics& metrics) : metrics_(metrics) {}

    std::shared_ptr<const topic_targets> targets() const {
        const std::lock_guard lock(mutex_);
        return targets_;
    }
    void set_targets(std::shared_ptr<const topic_targets> targets) {
        const std::lock_guard lock(mutex_);
        for (const auto& gone : *targets_) {
            const bool stays = std::any_of(targets->begin(), targets->end(),
                                           [&](const topic_target& each) { return each.topic == gone.topic; });
            if (!stays) {
                faults_.erase(gone.topic);
                closed_.erase(gone.topic);
            }
        }
        targets_ = std::move(targets);
        metrics_.faulty_topics(faults_.size());
    }
    // What is wrong with a topic or a partition's transactions; empty: nothing any more. True when that is news.
    bool set_fault(const std::string& about, const std::string& text) {
        const std::lock_guard lock(mutex_);
        const auto found = faults_.find(about);
        const bool is_news = found == faults_.end() ? !text.empty() : found->second != text;
        if (text.empty()) {
            faults_.erase(about);
            closed_.erase(about);
        } else {
            faults_[about] = text;
        }
        metrics_.faulty_topics(faults_.size());
        return is_news;
    }
    // A topic that was found missing or denied, by the code its deliveries fail with; open again when it has no fault any
    // more. Nobody waits for it in a transaction that has others' deliveries too.
    void set_closed(const std::string& topic, std::string code) {
        const std::lock_guard lock(mutex_);
        closed_[topic] = std::move(code);
    }
    // Empty: nothing is known against it.
    std::string closed_by(const std::string& topic) const {
        const std::lock_guard lock(mutex_);
        const auto found = closed_.find(topic);
        return found == closed_.end() ? std::string() : found->second;
    }
    std::map<std::string, std::string> faults() const {
        const std::lock_guard lock(mutex_);
        return faults_;
    }

private:
    const topic_metrics& metrics_;
    mutable std::mutex mutex_;
    std::shared_ptr<const topic_targets> targets_ = std::make_shared<const topic_targets>();
    std::map<std::string, std::string> faults_;
    std::map<std::string, std::string> closed_; // topic → code
};

} // namespace tongban::delivery
