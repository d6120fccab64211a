// The answer to a message: in the sender's dialect, or canonical (receipts as JSON, refusals as problem+json).
#pragma once

#include "connectors/dialects/dialect.hpp"
#include "gateway/http/message.hpp"
#include "gateway/http/problem.hpp"

#include <vector>

namespace tongban::intake {

// How the sender is to be answered. `dialect` null: canonical.
struct answer_form {
    std::shared_ptr<const dialects::dialect> dialect;
    bool batch = false; // canonical: Receipts even for one event
    bool canonical = false; // answered canonically whatever the dialect: nobody waits who reads it
    const dialects::dialect* speaks() const noexcept { return canonical ? nullptr : dialect.get(); }
};

// Receipts of a message that could be read.
http::response answer_receipts(const answer_form& form, const dialects::reading& reading,
                               std::vector<v1::Receipt>&& receipts, const http::request& request);

// Refusal of a message as a whole.
http::response answer_problem(const answer_form& form, const http::problem& problem, const http::request& request,
                              std::span<const v1::Violation> violations = {});

// A dialect's refusal to read, as a problem (DESIGN §3.1).
http::problem problem_of(const dialects::refusal& refusal);

} // namespace tongban::intake
