// A story: what several cities' clients do one after the other, as data (examples/five-cities/story.yaml), played over
// real HTTPS with each party's own certificate, and checked step by step.
#pragma once

#include "gateway/app/https_client.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace tongban::app {

// One thing a party does. Exactly one of send, inbox, claim, race, event, pull, tree is given.
struct story_step {
    std::string title;                // "济宁为长治收件 / Jining files for Changzhi"
    std::vector<std::string> parties; // who; a race has several
    std::string kind;                 // send | inbox | claim | race | event | pull | tree
    std::string case_name;            // the story's own name of the case it is about
    std::filesystem::path file;       // send: what is sent
    std::string content_type;
    std::string case_number;          // send: number by which the new case is found and named
    std::string event;                // event: DEST_RECEIVED
    std::vector<std::pair<std::string, std::string>> settings; // event: path, value
    std::vector<int> expected;        // HTTP statuses that are right
    std::string expected_text;        // the answer holds this
    int filed = 0;                    // tree: so many children are filed; known from then on as CASE-1, CASE-2…
    std::string state;                // tree: and the whole is in this state; empty: in any
    bool wrong_on_purpose = false;    // listed under "what wrong input was answered"
    int line = 0;                     // in the file
};

// Who takes part, and what certificate makes it known to the gateway.
struct story_party {
    std::string name;
    std::string profile; // platform | window
    std::string unit;    // region, for the subject
    std::string uri;     // subject alternative name
};

struct story {
    std::vector<story_party> parties;
    std::vector<story_step> steps;
};

// Throws std::runtime_error with file and line for a story that cannot be played.
story load_story(const std::filesystem::path& file);

// Plays a story. Parties are named as in the story; each has its identity.
class story_player {
public:
    story_player(std::map<std::string, client_identity> parties, std::ostream& out)
        : parties_(std::move(parties)), out_(out) {}

    // False when a step's answer was not as expected; the rest is played all the same.
    bool play(const story& played);
    // Every case with its state and timeline, what each party pulled, then what wrong input was answered.
    void print_cases();
    void print_deliveries();
    void print_wrong_inputs();

private:
    struct known_case {
        std::string name;
        std::string id;
        std::string party; // who filed it
    };
    // What a party pulled and acknowledged.
    struct pulled {
        std::string party;
        int count = 0;
        std::map<std::string, int> events;  // how many of each, by the clerk's word
        std::map<std::string, int> formats; // and of each format
    };
    struct wrong_input {
        std::string title;
        long status;
        std::string answer;
    };

    bool play_step(const story_step& step);
    bool play_race(const story_step& step);
    bool play_pull(const story_step& step);
    bool play_tree(const story_step& step);
    client_request request_for(const story_step& step, const std::string& party);
    bool judge(const story_step& step, const client_reply& reply);
    void remember_case(const story_step& step);
    known_case* find(const std::string& name);

    std::map<std::string, client_identity> parties_;
    std::ostream& out_;
    std::vector<known_case> cases_;
    std::map<std::pair<std::string, std::string>, std::string> tokens_; // (case, party) → fencing token
    std::vector<wrong_input> wrong_inputs_;
    std::vector<pulled> pulled_;
};

} // namespace tongban::app
