// A walk over the store in the order of names, a page at a time; of each file one look into the view, and another, at the
// file as well, before it is removed: a page of a large store is old when its last file's turn comes.
#include "gateway/materials/collection.hpp"

#include "gateway/materials/keeping.hpp"
#include "gateway/materials/notes.hpp"
#include "monitoring/log.hpp"
#include "security/content_digest.hpp"

namespace tongban::materials {

namespace {

constexpr std::size_t page = 1000;
constexpr std::size_t block_bytes = 256UL * 1024;

// Calls visit(facts) for every object until it gives an error or says false.
template <class Visit>
boost::system::error_code for_each_object(const objects::object_store& store, Visit&& visit) {
    std::string after;
    for (;;) {
        const auto found = store.list(after, page);
        if (!found) {
            return found.error();
        }
        for (const auto& one : *found) {
            const boost::system::result<bool> more = visit(one);
            if (!more || !*more) {
                return more ? boost::system::error_code() : more.error();
            }
        }
        if (found->size() < page) {
            return {};
        }
        after = found->back().name;
    }
}

boost::system::result<bool> is_whole(const objects::object_store& store, const objects::object_facts& one) {
    security::content_digest digest(security::digest_algorithm::sha256);
    std::vector<char> block(block_bytes);
    for (std::uint64_t at = 0; at < one.size;) {
        const auto count = store.read(one.name, at, block);
        if (!count && count.error() == objects::errc::not_found) {
            return true; // collected since
        }
        if (!count) {
            return {boost::system::in_place_error, count.error()};
        }
        if (*count == 0) {
            return false;
        }
        digest.update({block.data(), *count});
        at += *count;
    }
    return security::hex_of(digest.finish()) == one.name;
}

// One file that looked old and unreferenced.
class removal {
public:
    removal(objects::object_store& store, const ledger::material_view& view, std::chrono::system_clock::time_point oldest)
        : store_(store), view_(view), oldest_(oldest) {}

    boost::system::result<void> run(const objects::object_facts& one, collection_figures& sum) {
        auto about = one.name;
        if (one.size <= note_bytes_max) {
            const auto text = read(one);
            if (!text) {
                return text.error();
            }
            if (is_leaving_note(*text)) {
                // Nobody counts on it any more.
                return one.written_at < oldest_ - 2 * leaving_lasts ? store_.remove(one.name) : boost::system::result<void>();
            }
            about = is_note(*text) ? std::string(file_of_note(*text)) : about;
        }
        const auto begun_at = std::chrono::steady_clock::now();
        const auto note = leaving_note(about);
        if (const auto said = store_.put(name_of_note(note), *objects::source_of_bytes(note)); !said) {
            return said;
        }
        const auto still = may_go(one.name);
        const bool in_time = std::chrono::steady_clock::now() - begun_at < leaving_lasts / 2; // else at the next walk
        if (!still || !*still || !in_time) {
            return still ? boost::system::result<void>() : still.error();
        }
        if (const auto gone = store_.remove(one.name); !gone) {
            return gone;
        }
        ++sum.removed;
        sum.removed_bytes += one.size;
        return look_once_more(one.name, sum);
    }

private:
    boost::system::result<std::string> read(const objects::object_facts& one) const {
        std::string text(one.size, '\0');
        const auto count = store_.read(one.name, 0, text);
        if (!count && count.error() != objects::errc::not_found) {
            return count.error();
        }
        text.resize(count ? *count : 0);
        return text;
    }

    // Whether it is there, and is as old and as unreferenced as it was.
    boost::system::result<bool> may_go(const std::string& name) const {
        const auto now = store_.stat(name);
        if (!now) {
            return {boost::system::in_place_error, now.error()};
        }
        if (!*now || (*now)->written_at >= oldest_) {
            return false;
        }
        auto referenced = view_.is_referenced(*security::bytes_of_hex(name));
        return referenced ? boost::system::result<bool>(!*referenced) : referenced;
    }

    boost::system::result<void> look_once_more(const std::string& name, collection_figures& sum) const {
        const auto referenced = view_.is_referenced(*security::bytes_of_hex(name));
        if (!referenced) {
            return referenced.error();
        }
        if (*referenced) {
            ++sum.lost;
            monitoring::log(monitoring::severity::error, "material_lost", {{"sha256", name}});
        }
        return {};
    }

    objects::object_store& store_;
    const ledger::material_view& view_;
    const std::chrono::system_clock::time_point oldest_;
};

} // namespace

boost::system::result<collection_figures> collect(objects::object_store& store, const ledger::material_view& view,
                                                  std::chrono::seconds age_max, bool remove,
                                                  const std::function<bool(const stored_file&)>& visit) {
    collection_figures sum;
    const auto oldest = std::chrono::system_clock::now() - age_max;
    const auto error = for_each_object(store, [&](const objects::object_facts& one) -> boost::system::result<bool> {
        const auto referenced = view.is_referenced(*security::bytes_of_hex(one.name));
        if (!referenced) {
            return {boost::system::in_place_error, referenced.error()};
        }
        const stored_file file{one, *referenced, one.written_at < oldest};
        ++sum.files;
        sum.bytes += one.size;
        sum.unreferenced += file.referenced ? 0 : 1;
        sum.unreferenced_bytes += file.referenced ? 0 : one.size;
        if (remove && !file.referenced && file.old) {
            const auto done = removal(store, view, oldest).run(one, sum);
            if (!done) {
                return {boost::system::in_place_error, done.error()};
            }
        }
        return !visit || visit(file);
    });
    return error ? boost::system::result<collection_figures>(error) : sum;
}

boost::system::result<verification> verify(const objects::object_store& store, const ledger::material_view& view,
                                           const std::function<void(const verification&)>& progress) {
    verification found;
    auto error = for_each_object(store, [&](const objects::object_facts& one) -> boost::system::result<bool> {
        const auto whole = is_whole(store, one);
        if (!whole) {
            return {boost::system::in_place_error, whole.error()};
        }
        if (!*whole) {
            found.damaged.push_back(one.name);
        }
        ++found.files;
        found.bytes += one.size;
        progress(found);
        return true;
    });
    boost::system::error_code of_store;
    if (!error) {
        error = view.referenced([&](std::string_view sha256) {
            const auto name = security::hex_of(sha256);
            const auto there = store.stat(name);
            of_store = there ? boost::system::error_code() : there.error();
            ++found.referenced;
            if (there && !*there) {
                found.missing.push_back(name);
            }
            return !of_store;
        });
    }
    error = error ? error : of_store;
    return error ? boost::system::result<verification>(error) : std::move(found);
}

} // namespace tongban::materials
