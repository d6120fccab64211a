// One delivery on its way: what its push needs, read from the view, and the facts that its outcome makes.
#pragma once

#include "gateway/delivery/delivery.hpp"
#include "gateway/delivery/push_outcome.hpp"
#include "gateway/delivery/rendering.hpp"

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace tongban::delivery {

struct prepared_push {
    v1::EventDelivery standing;
    rendered message;
    std::shared_ptr<const dialects::dialect> dialect; // null: canonical
    std::string trace_id;
    std::int64_t begun_ms = 0;
    boost::system::error_code unwritable; // why the dialect cannot say it
    std::string unwritable_field;         // the schema field that it cannot say, where it is one
};

enum class preparation {
    ready,
    unwritable, // the dialect cannot say this event: all is there but the message
    gone,       // not to be attempted now: settled, put off, dead-lettered, or not the first of its case any more
    unreadable, // the view could not be read
};
preparation prepare(const delivery_parts& parts, const ledger::due_delivery& due, const std::string& region,
                    std::shared_ptr<const dialects::dialect> dialect, prepared_push& ready);

// What the ledger is told of a push: acknowledged, or failed and perhaps dead-lettered too. None when nothing was
// learnt. `partner`: whose platform was called.
std::vector<v1::DeliveryFact> facts_of(const prepared_push& pushed, const std::string& partner,
                                       const push_outcome& outcome, const delivery_settings& settings,
                                       std::int64_t now_ms, std::mt19937_64& random);
// A dead letter without an attempt.
std::vector<v1::DeliveryFact> unwritable_facts(const prepared_push& ready, const std::string& partner);

} // namespace tongban::delivery
