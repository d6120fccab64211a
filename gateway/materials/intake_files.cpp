// Files in messages: what is inline and large goes to the object store and the message keeps its digest; what is
// referenced must be there and be the sender's. What is at an address of the sender's is to be fetched, where an operator
// named hosts for it; else the address is passed on.
#include "gateway/materials/room.hpp"
#include "gateway/materials/sender_hosts.hpp"

#include "gateway/ledger/material_view.hpp"
#include "monitoring/log.hpp"
#include "security/content_digest.hpp"

namespace tongban::materials {

namespace asio = boost::asio;
using ledger::files_taken;

namespace {

constexpr std::size_t cases_looked_at_max = 100;

bool says_digest(const v1::MaterialFile& file) {
    return !file.sha256().empty() || !file.sm3().empty();
}

// What is to be done with one file, and what came of it.
struct file_work {
    std::uint32_t number = 0;
    v1::MaterialFile* file = nullptr;
    std::string name; // its SHA-256, hexadecimal
    enum class kind { check, lift, reference } what = kind::check;
    boost::system::error_code error{};
    bool there = false;
};

bool wanted(const v1::MaterialFile& file, std::size_t lift_bytes_min) {
    return !file.content().empty() ? file.content().size() >= lift_bytes_min || says_digest(file)
                                   : ledger::is_reference(file) && file.file_id().empty();
}

void add_fault(files_taken& taken, const v1::Dossier& dossier, const file_work& work, const char* rule, std::string zh,
               std::string en) {
    taken.faults.push_back({ledger::place_of_file(dossier, work.number), rule, std::move(zh), std::move(en)});
}

class file_intake {
public:
    file_intake(v1::Dossier& dossier, ledger::files_of_message from, std::shared_ptr<room> in)
        : dossier_(dossier), from_(std::move(from)), room_(std::move(in)) {}

    asio::awaitable<files_taken> run() {
        const auto least = room_->parts.settings.lift_bytes_min;
        ledger::for_each_file(dossier_, [&](std::uint32_t number, v1::MaterialFile& file) {
            if (wanted(file, least)) {
                prepare(number, file);
            } else if (is_elsewhere(file) && !from_.partner->file_hosts.empty()) {
                taken_.to_fetch.push_back(number);
                tell_what_is_known(number, file);
            }
        });
        if (taken_.refused() || works_.empty()) {
            for (auto& work : works_) {
                name_by_digest(work);
            }
            co_return std::move(taken_);
        }
        const bool ran = co_await room_->shelf.run([this] {
            for (auto& work : works_) {
                perform(work);
            }
        });
        if (!ran) {
            for (auto& work : works_) {
                work.error = objects::errc::unavailable;
            }
        }
        for (auto& work : works_) {
            settle(work);
        }
        co_return std::move(taken_);
    }

private:
    void prepare(std::uint32_t number, v1::MaterialFile& file) {
        file_work work{number, &file, file.sha256()};
        if (file.content().empty()) {
            work.what = file_work::kind::reference;
            if (seen_in_a_case(work.name)) {
                return;
            }
        } else {
            work.name = security::hex_of(security::digest_of(security::digest_algorithm::sha256, file.content()));
            const auto sm3 = file.sm3().empty()
                                 ? std::string()
                                 : security::hex_of(security::digest_of(security::digest_algorithm::sm3, file.content()));
            if ((!file.sha256().empty() && file.sha256() != work.name) || file.sm3() != sm3) {
                add_fault(taken_, dossier_, work, "digest", "文件内容与摘要不符",
                          "the content is not what its digest says");
                return;
            }
            if (file.content().size() < room_->parts.settings.lift_bytes_min) {
                return;
            }
            const auto type = media_type_of(std::string_view(file.content()).substr(0, sniffed_bytes));
            if (!room_->types.has(type)) {
                add_fault(taken_, dossier_, work, "type", "不接受这种类型的文件：" + std::string(type),
                          "files of this type are not taken: " + std::string(type));
            }
            work.what = file_work::kind::lift;
        }
        works_.push_back(std::move(work));
    }

    // What will not be fetched is told at once; it is no reason to refuse the case.
    void tell_what_is_known(std::uint32_t number, v1::MaterialFile& file) {
        const file_work work{number, &file, {}};
        if (allowed_host(*from_.partner, file.url()) == nullptr) {
            add_fault(taken_, dossier_, work, "file_host", "文件网址不是登记的 https 主机，网关不会取件",
                      "the address is no https address of a registered host: it is not fetched");
            taken_.faults.back().warning = true;
        } else if (is_expired(file, std::chrono::system_clock::now())) {
            add_fault(taken_, dossier_, work, "file_expired", "文件网址已过期，网关不会取件",
                      "the address has expired: it is not fetched");
            taken_.faults.back().warning = true;
        }
    }

    // What the region sees in a case it has, whoever sent it, it may use in another.
    bool seen_in_a_case(const std::string& name) const {
        const auto digest = security::bytes_of_hex(name);
        const auto& ledger = room_->parts.ledger;
        const auto cases = ledger::material_view(ledger.rows()).cases_of(*digest, cases_looked_at_max);
        for (const auto number : cases ? *cases : std::vector<ledger::case_number>()) {
            const auto state = ledger.read().case_of(number);
            if (state && *state && ((*state)->origin_region() == from_.region || (*state)->dest_region() == from_.region)) {
                return true;
            }
        }
        return false;
    }

    // On a worker.
    void perform(file_work& work) const {
        auto& store = *room_->parts.store;
        const auto note_name = holder_note_name(from_.region, work.name);
        if (work.what == file_work::kind::reference) {
            const auto note = store.stat(note_name);
            const auto file = note && *note ? store.stat(work.name) : note;
            work.error = file ? boost::system::error_code() : file.error();
            // What will be collected soon is not there any more: between looking and recording it must not go.
            const auto oldest = std::chrono::system_clock::now() - room_->parts.settings.unreferenced_age_max +
                                room_->parts.settings.unreferenced_age_max / 4;
            work.there = file && *file && (*note)->written_at > oldest && (*file)->written_at > oldest;
            return;
        }
        auto done = store.put(work.name, *objects::source_of_bytes(work.file->content()));
        if (done) {
            const auto note = holder_note(from_.region, work.name);
            done = store.put(note_name, *objects::source_of_bytes(note));
        }
        work.error = done ? boost::system::error_code() : done.error();
    }

    void settle(file_work& work) {
        if (work.error) {
            room_->metrics.store_errors
                .with({work.what == file_work::kind::lift ? "lift" : "stat", kind_of(work.error)})
                .add();
        }
        auto& file = *work.file;
        if (work.what == file_work::kind::reference) {
            if (work.error) {
                taken_.unavailable = true;
            } else if (!work.there) {
                add_fault(taken_, dossier_, work, "material_missing", "引用的文件不在材料库中，请先上传",
                          "the referenced file is not in the store: send it first");
            }
            return;
        }
        if (work.error && !room_->parts.settings.inline_when_down && !from_.may_follow) {
            taken_.unavailable = true;
            name_by_digest(work);
            return;
        }
        auto content = name_by_digest(work);
        room_->metrics.lifted.with({work.error ? "kept_inline" : "lifted"}).add();
        if (work.error) {
            taken_.kept_inline.emplace_back(work.number, std::move(content));
        }
    }

    // The form of a file to be lifted that goes into the record, also of one that is refused: by it a message that is sent
    // again is recognised. Returns the content.
    static std::string name_by_digest(file_work& work) {
        if (work.what != file_work::kind::lift) {
            return {};
        }
        auto& file = *work.file;
        file.set_sha256(work.name);
        file.set_size(static_cast<std::int64_t>(file.content().size()));
        file.clear_url();
        if (file.media_type().empty()) {
            file.set_media_type(std::string(media_type_of(std::string_view(file.content()).substr(0, sniffed_bytes))));
        }
        auto content = std::move(*file.mutable_content());
        file.clear_content();
        return content;
    }

    v1::Dossier& dossier_;
    const ledger::files_of_message from_;
    const std::shared_ptr<room> room_;
    std::vector<file_work> works_;
    files_taken taken_;
};

asio::awaitable<files_taken> nothing() {
    co_return files_taken{};
}

asio::awaitable<files_taken> take_files(v1::Dossier& dossier, ledger::files_of_message from, std::shared_ptr<room> in) {
    file_intake call(dossier, std::move(from), std::move(in));
    co_return co_await call.run();
}

} // namespace

asio::awaitable<files_taken> materials::take(v1::Dossier& dossier, const ledger::files_of_message& from) {
    bool work = false;
    const v1::Dossier& looked_at = dossier;
    ledger::for_each_file(looked_at, [&](std::uint32_t, const v1::MaterialFile& file) {
        work = work || wanted(file, room_->parts.settings.lift_bytes_min) || is_elsewhere(file);
    });
    return work ? take_files(dossier, from, room_) : nothing();
}

} // namespace tongban::materials
