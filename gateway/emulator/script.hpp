// How an emulated city works its cases, as its script says (docs/emulator.md): rules for cases filed to it, replies to what
// it hears, and what goes wrong. Immutable after reading.
#pragma once

#include "gateway/emulator/misbehaviour.hpp"
#include "security/strict_yaml.hpp"
#include "tongban/v1/event.pb.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::emulator {

// One thing that the city does about a case.
struct script_step {
    std::string word;                 // as the script says it: "accept"
    v1::CaseEvent::BodyCase event{};  // kClaimed and kReleased are a window's requests, all else is reported
    pause after;                      // after what came before
    v1::CaseEvent prototype;          // body and dossier; who, which case and when are filled in
};

// What to do about cases that fit. Texts that end in * are beginnings; an empty list fits all.
struct case_rule {
    std::string name;
    std::vector<std::string> items;   // 实施编码
    std::vector<std::string> origins; // 收件地
    std::vector<std::string> numbers; // 办件编号
    double share = 1;                 // of the cases that come to this rule; the others go on to the next
    std::vector<script_step> steps;
    bool claims() const;              // a window works the case under its claim
};

// What to do when the other side says something, whichever side the city is on.
struct reply_rule {
    v1::CaseEvent::BodyCase heard{};
    double share = 1;
    script_step step;
};

// What the city says when it is called, word for word, where its dialect's own answer is not what it says.
struct fixed_answer {
    int status = 200;
    std::string content_type;
    std::string body;
};
struct fixed_answers {
    std::optional<fixed_answer> taken; // also for what it had before
    std::optional<fixed_answer> later;
    std::optional<fixed_answer> never;
};

struct script {
    fixed_answers answers;
    bool canonical = false; // own messages as canonical JSON, not in the city's dialect
    std::vector<case_rule> cases;
    std::vector<reply_rule> replies;
    misbehaviour troubles;

    bool claims() const;
};

struct script_result {
    std::optional<script> value; // none when there is any mistake
    std::vector<security::file_mistake> mistakes;
};

// Every mistake with line and column; a step that the life cycle does not allow, or whose event breaks a rule of the
// schema, is one.
script_result read_script(const std::string& text, const std::string& file);

// What a city does without a script: it takes every case and brings it to its end.
const std::string& standard_script();

// A word of a script, as a step without anything of its own; none for an unknown word.
std::optional<script_step> step_named(std::string_view word);
std::vector<std::string_view> step_words();
// The JSON of a word's body and dossier, for a script that changes some of it; a word of step_words().
std::string_view standard_body(std::string_view word);

} // namespace tongban::emulator
