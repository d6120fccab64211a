#include "gateway/materials/file_fetch.hpp"

#include "connectors/fetch/file_address.hpp"
#include "gateway/ledger/record.hpp"
#include "gateway/materials/file_name.hpp"
#include "gateway/materials/sender_hosts.hpp"

#include <algorithm>

namespace tongban::materials {

namespace {

using end = fetch_attempt::end;

// The file as the event names it, and who said the event.
struct offered {
    v1::MaterialFile file;
    v1::Sender sender;
    std::string case_id;
};

boost::system::result<std::optional<offered>> find_offer(const ledger::view& view,
                                                         const ledger::material_view::unfetched_file& wanted) {
    const auto state = view.case_of(wanted.number);
    auto events = view.events(wanted.number);
    if (!state || !events) {
        return state ? events.error() : state.error();
    }
    const auto said = std::find_if(events->begin(), events->end(), [&](const ledger::stored_event& one) {
        return one.refused_code.empty() && one.record.event_id() == wanted.event_id;
    });
    if (said == events->end() || !*state) {
        return std::optional<offered>();
    }
    std::optional<offered> found;
    const auto sender = said->record.sender();
    const auto event = ledger::open_event(std::move(said->record));
    ledger::for_each_file(event.dossier(), [&](std::uint32_t number, const v1::MaterialFile& file) {
        if (number == wanted.file) {
            found = offered{file, sender, (*state)->case_id()};
        }
    });
    return found;
}

std::shared_ptr<const security::partner> partner_named(const security::partner_directory& directory,
                                                       const std::string& id) {
    const auto& all = directory.partners();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one->id == id; });
    return found == all.end() ? nullptr : *found;
}

std::string code_of(const fetch::fetch_outcome& outcome) {
    switch (outcome.result) {
    case fetch::fetch_result::too_large: return "too_large";
    case fetch::fetch_result::address_refused: return "address_refused";
    case fetch::fetch_result::untrusted: return "untrusted";
    case fetch::fetch_result::too_slow: return "too_slow";
    case fetch::fetch_result::redirected:
    case fetch::fetch_result::missing:
    case fetch::fetch_result::busy: return "http_" + std::to_string(outcome.status);
    default: return "unreachable";
    }
}

bool may_pass(fetch::fetch_result result) {
    return result == fetch::fetch_result::busy || result == fetch::fetch_result::unreachable ||
           result == fetch::fetch_result::too_slow;
}

// One of the partner's places, while there is one.
class fetch_place {
public:
    fetch_place(room& in, const std::string& partner)
        : room_(in), partner_(partner), is_mine_(in.fetches.begin(partner, in.parts.settings.fetch.per_partner_max)) {}
    ~fetch_place() {
        if (is_mine_) {
            room_.fetches.end(partner_);
        }
    }
    fetch_place(const fetch_place&) = delete;
    bool is_mine() const noexcept { return is_mine_; }

private:
    room& room_;
    const std::string partner_;
    const bool is_mine_;
};

class file_fetch {
public:
    file_fetch(room& in, const offered& what, const security::file_host& from, const std::atomic<bool>& stopping)
        : room_(in), offered_(what), from_(from), stopping_(stopping) {}

    fetch_attempt run() {
        auto made = room_.arrivals.create(said(), false);
        if (!made) {
            return ended(end::again, std::string(kind_of(made.error())));
        }
        const auto arriving = *made;
        auto result = receive(*arriving);
        room_.arrivals.remove(arriving);
        return result;
    }

private:
    static fetch_attempt ended(end how, std::string code) {
        fetch_attempt result;
        result.how = how;
        result.code = std::move(code);
        return result;
    }

    announced said() const {
        announced of;
        of.partner = offered_.sender.partner();
        of.region = offered_.sender.region();
        of.name = safe_file_name(offered_.file.name());
        of.sha256 = security::bytes_of_hex(offered_.file.sha256()).value_or("");
        of.sm3 = security::bytes_of_hex(offered_.file.sm3()).value_or("");
        if (offered_.file.has_size()) {
            of.length = static_cast<std::uint64_t>(offered_.file.size());
        }
        return of;
    }

    fetch_attempt receive(upload& into) {
        const auto& settings = room_.parts.settings;
        const auto turn = into.take_turn();
        const auto most = std::min<std::uint64_t>(settings.file_bytes_max, into.said().length.value_or(UINT64_MAX));
        fetch_attempt refused = ended(end::again, "failed");
        const auto take = [&](std::string_view bytes) {
            if (!room_.spent.spend(into.said().partner, bytes.size(), settings.partner_bytes_per_day_max)) {
                refused = ended(end::again, "bytes_per_day");
                return false;
            }
            if (const auto written = into.append(turn, bytes); !written) {
                refused = ended(end::again, std::string(kind_of(written.error())));
                return false;
            }
            const auto type = into.type_so_far();
            if (!type.empty() && !room_.types.has(type)) {
                refused = ended(end::failed, "type");
                return false;
            }
            return true;
        };
        const auto outcome =
            fetch::fetch_file(settings.fetch.call, offered_.file.url(), from_.internal, most, take, stopping_);
        if (outcome.result == fetch::fetch_result::refused_here) {
            return refused;
        }
        if (outcome.result == fetch::fetch_result::stopped) {
            return ended(end::gone, "");
        }
        if (outcome.result != fetch::fetch_result::whole) {
            return ended(may_pass(outcome.result) ? end::again : end::failed, code_of(outcome));
        }
        return keep(into, turn);
    }

    fetch_attempt keep(upload& whole, std::uint64_t turn) {
        const auto found = whole.finish(turn);
        if (!found) {
            return ended(end::again, std::string(kind_of(found.error())));
        }
        const auto& said = whole.said();
        if (said.length && *said.length != found->size) {
            return ended(end::failed, "wrong_size");
        }
        if ((!said.sha256.empty() && said.sha256 != found->sha256) || (!said.sm3.empty() && said.sm3 != found->sm3)) {
            return ended(end::failed, "wrong_digest");
        }
        if (!room_.types.has(found->media_type)) {
            return ended(end::failed, "type");
        }
        if (room_.parts.scanner) {
            const auto verdict = room_.parts.scanner->scan(whole.file());
            if (verdict != objects::scan_verdict::clean) {
                return verdict == objects::scan_verdict::refused ? ended(end::failed, "scan_refused")
                                                                 : ended(end::again, "scan_unavailable");
            }
        }
        const auto name = security::hex_of(found->sha256);
        auto stored = room_.parts.store->adopt(name, whole.file());
        if (stored) {
            const auto note = holder_note(said.region, name);
            stored = room_.parts.store->put(holder_note_name(said.region, name), *objects::source_of_bytes(note));
        }
        if (!stored) {
            room_.metrics.store_errors.with({"put", kind_of(stored.error())}).add();
            return ended(end::again, "store_" + std::string(kind_of(stored.error())));
        }
        auto result = ended(end::fetched, "");
        result.file = *found;
        return result;
    }

    room& room_;
    const offered& offered_;
    const security::file_host& from_;
    const std::atomic<bool>& stopping_;
};

fetch_attempt attempt(room& in, const offered& what, const std::atomic<bool>& stopping) {
    fetch_attempt failed;
    failed.how = end::failed;
    const auto partner = partner_named(*in.parts.partners.get(), what.sender.partner());
    const auto* host = partner == nullptr ? nullptr : allowed_host(*partner, what.file.url());
    if (host == nullptr) {
        failed.code = "host_not_allowed";
        return failed;
    }
    if (is_expired(what.file, std::chrono::system_clock::now())) {
        failed.code = "expired";
        return failed;
    }
    const fetch_place place(in, partner->id);
    if (!place.is_mine()) {
        failed.how = end::crowded;
        return failed;
    }
    return file_fetch(in, what, *host, stopping).run();
}

} // namespace

fetch_attempt fetch_one(room& in, const ledger::material_view::unfetched_file& wanted, const std::atomic<bool>& stopping) {
    fetch_attempt result;
    const auto found = find_offer(in.parts.ledger.read(), wanted);
    if (!found) {
        result.how = end::again;
        result.code = "view_unreadable";
        return result;
    }
    if (!*found) {
        return result;
    }
    result = attempt(in, **found, stopping);
    result.case_id = (*found)->case_id;
    result.partner = (*found)->sender.partner();
    return result;
}

} // namespace tongban::materials
