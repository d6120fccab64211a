// The canonical forms of POST /v1/messages: tongban.v1 as proto3 JSON or as Protobuf bytes. Gives the same reading as
// a dialect does, so that everything after it is one path.
#pragma once

#include "connectors/dialects/dialect.hpp"

namespace tongban::intake {

inline constexpr std::string_view canonical_json = "application/vnd.tongban.v1+json";
inline constexpr std::string_view canonical_protobuf = "application/vnd.tongban.v1+protobuf";

struct canonical_reading {
    dialects::reading reading;
    bool batch = false; // a MessageBatch was sent: answered with Receipts
};

// `content_type` without parameters; JSON unless it is canonical_protobuf or application/x-protobuf.
boost::system::result<canonical_reading, dialects::refusal>
read_canonical(std::string_view content_type, std::string_view body, google::protobuf::Arena& arena);

// "Application/JSON; charset=utf-8" → "application/json".
std::string media_type(std::string_view content_type);

} // namespace tongban::intake
