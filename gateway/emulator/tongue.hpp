// The city's way of speaking: what it answers when it is pushed to, how it writes its own events, and what the gateway's
// answers to those mean. In the partner's dialect, or in canonical JSON.
#pragma once

#include "connectors/dialects/dialect.hpp"
#include "gateway/emulator/case_work.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace tongban::emulator {

// A message as the gateway gave it.
struct heard_message {
    v1::CaseEvent event;
    dialects::reading reading; // of a dialect, for its answer
};

// What the city says to a push.
enum class spoken { taken, again, later, never, later_inside };

// What the gateway said to an own message.
enum class told { accepted, duplicate, conflict, refused, unavailable, unknown };
std::string_view name(told outcome) noexcept;

struct own_message {
    std::string target;
    std::string content_type;
    std::string body;
    bool canonical = true;
};

class tongue {
public:
    // Null dialects mean canonical JSON. `hears`: what is delivered; `speaks`: own messages; `fixed` goes before what the
    // dialect would answer.
    tongue(std::shared_ptr<const dialects::dialect> hears, std::shared_ptr<const dialects::dialect> speaks,
           fixed_answers fixed = {});

    // The error: why it cannot be read, without a word of it.
    boost::system::result<heard_message, security::sentence> read(std::string_view content_type, std::string_view body) const;
    dialects::wire_answer answer(spoken what, const heard_message* about, const v1::CaseRef& ref,
                                 const std::string& request_id) const;

    // An event in the city's dialect, or canonical when that is asked for or the dialect has no message for it.
    own_message write(const v1::CaseEvent& event, bool canonical) const;
    // What became of it. `receipt` gets the receipt of a canonical answer.
    told outcome_of(const own_message& sent, int status, std::string_view content_type, std::string_view body,
                    v1::Receipt& receipt) const;

    // What this dialect cannot do, a sentence each: told once at the start.
    const std::vector<security::sentence>& shortcomings() const { return shortcomings_; }
    // Why the city cannot answer a push at all, a sentence for each answer; empty when it can.
    const std::vector<security::sentence>& dumbness() const { return dumbness_; }

private:
    using answer_key = std::tuple<int, dialects::push_verdict, std::string>;

    dialects::wire_answer template_answer(spoken what, const heard_message* about, const v1::CaseRef& ref,
                                          const std::string& request_id) const;
    void learn_answers();
    void check_speech();
    bool judges() const;

    std::shared_ptr<const dialects::dialect> hears_;
    std::shared_ptr<const dialects::dialect> speaks_;
    fixed_answers fixed_;
    std::map<answer_key, told> answers_;
    std::vector<security::sentence> dumbness_;
    std::vector<security::sentence> shortcomings_;
};

// When the event happened, as a city's clock shows it.
void set_time(v1::CaseEvent& event, std::chrono::system_clock::time_point at);

} // namespace tongban::emulator
