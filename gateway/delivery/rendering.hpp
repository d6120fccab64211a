// An event as its target reads it: in the target's dialect, or as canonical JSON.
#pragma once

#include "connectors/dialects/dialect.hpp"
#include "gateway/ledger/ledger.hpp"

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <vector>

namespace tongban::delivery {

struct rendered {
    std::string content_type;
    std::string body;
    std::string dialect; // empty: canonical JSON
    std::vector<v1::Violation> lost; // fields that the dialect has no place for
};

// The whole event with its dossier, and the case as both sides name it; files that the gateway fetched, or will, are named by
// its own address. Never for a log.
v1::CaseEvent whole_event(v1::LedgerRecord record, const v1::CaseState& state, const ledger::ledger& ledger);

// `in` null: canonical JSON. The refusal says why the dialect cannot say this event. What a dialect loses of an event is
// logged once for each field.
boost::system::result<rendered, dialects::refusal> render(const v1::CaseEvent& event, const dialects::dialect* in);

// For logs: the schema field whose text the dialect has no way to write; empty when the reason is another.
std::string unwritable_field(const dialects::refusal& why);

// `about` with the message as JSON text in one line: "message" when canonical, a dialect's bytes as "body_base64",
// whatever their charset. "lost" names the fields that the dialect has no place for; an event that it cannot say at all, or
// writes so that it cannot read it itself, comes whole and canonical, with the reason.
std::string with_message(boost::json::object about, const v1::CaseEvent& event, const dialects::dialect* in);

} // namespace tongban::delivery
