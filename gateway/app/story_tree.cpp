// A bundle 一件事 in a story: its children are filed by the gateway, so the story asks until they are there.
#include "gateway/app/json_text.hpp"
#include "gateway/app/story.hpp"
#include "gateway/app/tree_command.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

namespace tongban::app {

namespace {

constexpr std::chrono::seconds filed_within{10};
constexpr std::chrono::milliseconds between_questions{50};

boost::json::array filed_children(const boost::json::value& tree) {
    boost::json::array filed;
    const auto* children = tree.is_object() ? tree.as_object().if_contains("children") : nullptr;
    for (const auto& child : children != nullptr ? children->as_array() : boost::json::array()) {
        if (text_at(child, "filed") == "true") {
            filed.push_back(child);
        }
    }
    return filed;
}

} // namespace

bool story_player::play_tree(const story_step& step) {
    const auto& party = step.parties.front();
    const auto identity = parties_.find(party);
    const auto* bundle = find(step.case_name);
    if (identity == parties_.end() || bundle == nullptr) {
        out_ << "  ✗ line " << step.line << ": no certificate for " << party << ", or no case " << step.case_name << '\n';
        return false;
    }
    client_request request;
    request.target = "/v1/cases/" + bundle->id + "/tree";
    const auto until = std::chrono::steady_clock::now() + filed_within;
    client_reply reply;
    boost::json::value tree;
    const auto is_there = [&] {
        return reply.ok() && filed_children(tree).size() >= static_cast<std::size_t>(step.filed) &&
               (step.state.empty() || text_at(tree, "state") == step.state);
    };
    do {
        if (reply.status != 0) {
            std::this_thread::sleep_for(between_questions);
        }
        if (auto answered = exchange(identity->second, request)) {
            reply = std::move(*answered);
            boost::system::error_code ec;
            tree = boost::json::parse(reply.body, ec);
        }
    } while (!is_there() && std::chrono::steady_clock::now() < until);
    const bool right = judge(step, reply) && is_there();
    for (const auto& child : filed_children(tree)) {
        const auto name = step.case_name + '-' + text_at(child, "number");
        if (find(name) == nullptr) {
            cases_.push_back({name, text_at(child, "case_id"), party});
        }
    }
    if (right) {
        print_tree(tree, out_);
    }
    return right;
}

} // namespace tongban::app
