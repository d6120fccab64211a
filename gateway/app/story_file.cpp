// Reads a story file.
#include "gateway/app/story.hpp"

#include <yaml-cpp/yaml.h>

#include <stdexcept>

namespace tongban::app {

namespace {

std::string text(const YAML::Node& node) {
    return node && node.IsScalar() ? node.Scalar() : std::string{};
}

std::vector<std::string> texts(const YAML::Node& node) {
    std::vector<std::string> all;
    if (node && node.IsSequence()) {
        for (const auto& one : node) {
            all.push_back(text(one));
        }
    } else if (node) {
        all.push_back(text(node));
    }
    return all;
}

story_step read_step(const YAML::Node& node, const std::filesystem::path& folder) {
    story_step step;
    step.line = node.Mark().line + 1;
    step.title = text(node["title"]);
    step.parties = texts(node["as"]);
    step.content_type = text(node["content_type"]);
    step.case_number = text(node["number"]);
    step.expected_text = text(node["answer_has"]);
    step.wrong_on_purpose = text(node["wrong"]) == "true";
    step.case_name = text(node["case"]);
    for (const auto* kind : {"send", "inbox", "claim", "race", "event", "pull", "tree"}) {
        if (node[kind]) {
            step.kind = kind;
        }
    }
    if (step.kind == "send") {
        step.file = folder / text(node["send"]);
    } else if (step.kind == "event") {
        step.event = text(node["event"]);
    } else {
        step.case_name = text(node[step.kind]);
    }
    step.state = text(node["state"]);
    if (const auto filed = text(node["filed"]); !filed.empty()) {
        step.filed = std::stoi(filed);
    }
    for (const auto& setting : node["set"]) {
        step.settings.emplace_back(text(setting.first), text(setting.second));
    }
    for (const auto& status : texts(node["expect"])) {
        step.expected.push_back(std::stoi(status));
    }
    return step;
}

} // namespace

story load_story(const std::filesystem::path& file) {
    story loaded;
    const auto fail = [&](int line, const std::string& what) {
        throw std::runtime_error(file.string() + ":" + std::to_string(line) + ": " + what);
    };
    try {
        const auto root = YAML::LoadFile(file.string());
        for (const auto& node : root["parties"]) {
            loaded.parties.push_back({text(node.first), text(node.second["profile"]), text(node.second["unit"]),
                                      text(node.second["uri"])});
        }
        for (const auto& node : root["steps"]) {
            auto step = read_step(node, file.parent_path());
            if (step.kind.empty() || step.parties.empty() || step.expected.empty()) {
                fail(step.line, "a step needs as, expect and one of send, inbox, claim, race, event, pull, tree");
            }
            loaded.steps.push_back(std::move(step));
        }
    } catch (const YAML::Exception& e) {
        fail(e.mark.line + 1, e.msg);
    }
    return loaded;
}

} // namespace tongban::app
