#include "gateway/materials/file_fetch.hpp"

#include "connectors/fetch/file_address.hpp"
#include "gateway/ledger/record.hpp"
#include "gateway/materials/file_check.hpp"
#include "gateway/materials/file_name.hpp"
#include "gateway/materials/keeping.hpp"
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
    std::string parent; // the bundle's case that the event was said for too, or the child's that replied with these archives
    bool carried = false; // archives: whatever becomes of them becomes of them there
};

boost::system::result<std::optional<offered>> find_offer(const ledger::view& view,
                                                         const ledger::material_view::unfetched_file& wanted) {
    const auto state = view.case_of(wanted.number);
    auto event_found = view.event_of(wanted.number, wanted.event_id);
    if (!state || !event_found) {
        return state ? event_found.error() : state.error();
    }
    if (!*event_found || !*state) {
        return std::optional<offered>();
    }
    auto& said = (*event_found)->record;
    std::optional<offered> found;
    auto sender = said.sender();
    const bool archives = said.event().has_archive_replied() && said.has_sibling();
    const auto sibling = said.sibling();
    if (archives) {
        sender.set_region(sibling.region()); // in whose name the gateway carried them over
    }
    const auto event = ledger::open_event(std::move(said));
    ledger::for_each_file(event.dossier(), [&](std::uint32_t number, const v1::MaterialFile& file) {
        if (number == wanted.file) {
            found = offered{file, sender, (*state)->case_id(), archives ? sibling.case_id() : (*state)->parent().case_id(),
                            archives};
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

fetch_attempt ended(end how, std::string code) {
    fetch_attempt result;
    result.how = how;
    result.code = std::move(code);
    return result;
}

fetch_attempt has_it(const std::string& name, std::uint64_t size, std::string_view head) {
    auto result = ended(end::fetched, "");
    result.file = {*security::bytes_of_hex(name), {}, size, std::string(media_type_of(head.substr(0, sniffed_bytes)))};
    return result;
}

// Content that stayed in its message while the store was away.
fetch_attempt store_inline(room& in, const offered& what) {
    const auto& content = what.file.content();
    const auto name = security::hex_of(security::digest_of(security::digest_algorithm::sha256, content));
    const auto stored = keep_file(*in.store, name, what.sender.region(), *objects::source_of_bytes(content));
    if (!stored) {
        in.metrics.store_errors.with({"lift", kind_of(stored.error())}).add();
        return ended(end::again, "store_" + std::string(kind_of(stored.error())));
    }
    return has_it(name, content.size(), content);
}

// A digest that could not be looked up when it was said, or a file that its sender sent otherwise in the meantime.
fetch_attempt look_up(room& in, const offered& what, const std::shared_ptr<const security::partner>& partner) {
    file_work work;
    work.said = what.file;
    work.said.clear_file_id();
    work.name = what.file.sha256();
    look_into_cases(in, what.sender.region(), work);
    look_into_store(in, {what.sender.region(), partner, false}, work);
    if (work.is == file_work::standing::refused) {
        // What was not sent yet may still be; what it was said to be stays wrong.
        const bool may_come = work.fault.rule == "material_missing";
        return ended(may_come ? end::again : end::failed, may_come ? "not_sent" : "wrong_" + work.fault.rule);
    }
    std::string head(sniffed_bytes, '\0');
    const auto facts = in.store->stat(work.name);
    const auto count = in.store->read(work.name, 0, head);
    if (work.is != file_work::standing::stored || !facts || !*facts || !count) {
        return ended(end::again, "store_unavailable");
    }
    head.resize(*count);
    return has_it(work.name, (*facts)->size, head);
}

// Materials of a bundle are had once: what became of the parent's file is what became of the child's. nullopt: the parent
// names no such file.
std::optional<fetch_attempt> of_parent(const room& in, const offered& what) {
    const auto& view = in.parts.ledger.read();
    const auto row = view.find(what.parent);
    if (!row || !*row) {
        return ended(end::crowded, "");
    }
    const auto events = view.events((*row)->number);
    const auto facts = ledger::material_view(in.parts.ledger.rows()).outcomes_of((*row)->number);
    if (!events || !facts) {
        return ended(end::crowded, "");
    }
    std::optional<fetch_attempt> found;
    for (const auto& said : *events) {
        if (!said.refused_code.empty() || said.record.to_fetch().empty()) {
            continue;
        }
        const auto event = ledger::open_event(said.record);
        ledger::for_each_file(event.dossier(), [&](std::uint32_t number, const v1::MaterialFile& file) {
            const auto& waited_for = said.record.to_fetch();
            if (file.url() != what.file.url() || file.sha256() != what.file.sha256() ||
                std::find(waited_for.begin(), waited_for.end(), number) == waited_for.end()) {
                return;
            }
            found = ended(end::crowded, ""); // it waits for its parent's
            for (const auto& [fact, recorded_ms, offset] : *facts) {
                if (fact.event_id() != said.record.event_id() || fact.file() != number) {
                    continue;
                }
                if (fact.has_fetched()) {
                    found = ended(end::fetched, "");
                    found->file = {fact.fetched().sha256(), {}, fact.fetched().size(), fact.fetched().media_type()};
                } else {
                    found = ended(end::failed, fact.failed().code());
                }
            }
        });
    }
    return found;
}

class file_fetch {
public:
    file_fetch(room& in, const offered& what, const security::file_host& from, const std::atomic<bool>& stopping)
        : room_(in), offered_(what), from_(from), stopping_(stopping) {}

    fetch_attempt run() {
        auto made = room_.arrivals.create(said(), false);
        if (!made) {
            room_.metrics.count_if_crowded(made.error());
            return ended(end::again, std::string(kind_of(made.error())));
        }
        const auto arriving = *made;
        auto result = receive(*arriving);
        room_.arrivals.remove(arriving);
        return result;
    }

private:
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
            if (!room_.spent.spend(into.partner(), bytes.size(), settings.partner_bytes_per_day_max)) {
                refused = ended(end::again, "bytes_per_day");
                return false;
            }
            if (const auto written = into.append(turn, bytes); !written) {
                room_.metrics.count_if_crowded(written.error());
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
        const auto said = whole.said();
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
            room_.metrics.count_scan(verdict);
            if (verdict != objects::scan_verdict::clean) {
                return verdict == objects::scan_verdict::refused ? ended(end::failed, "scan_refused")
                                                                 : ended(end::again, "scan_unavailable");
            }
        }
        const auto name = security::hex_of(found->sha256);
        const auto stored = keep_file(*room_.store, name, said.region, whole.file());
        if (!stored) {
            room_.metrics.store_errors.with({"put", kind_of(stored.error())}).add();
            return ended(end::again, "store_" + std::string(kind_of(stored.error())));
        }
        auto result = ended(end::fetched, "");
        result.file = *found;
        result.bytes = found->size;
        return result;
    }

    room& room_;
    const offered& offered_;
    const security::file_host& from_;
    const std::atomic<bool>& stopping_;
};

fetch_attempt attempt(room& in, const offered& what, const std::atomic<bool>& stopping) {
    if (!what.file.content().empty()) {
        return store_inline(in, what);
    }
    const auto partner = partner_named(*in.parts.partners.get(), what.sender.partner());
    if (what.carried) {
        return of_parent(in, what).value_or(ended(end::crowded, ""));
    }
    if (!is_elsewhere(what.file)) {
        return look_up(in, what, partner);
    }
    if (!what.parent.empty()) {
        if (auto known = of_parent(in, what)) {
            return *known;
        }
    }
    if (!what.file.sha256().empty()) {
        // The sender may have sent it instead.
        auto sent = look_up(in, what, partner);
        if (sent.how == end::fetched) {
            return sent;
        }
    }
    const auto* host = partner == nullptr ? nullptr : allowed_host(*partner, what.file.url());
    if (host == nullptr) {
        return ended(end::failed, "host_not_allowed");
    }
    if (is_expired(what.file, std::chrono::system_clock::now())) {
        return ended(end::failed, "expired");
    }
    const fetch_place place(in, partner->id);
    if (!place.is_mine()) {
        return ended(end::crowded, "");
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
