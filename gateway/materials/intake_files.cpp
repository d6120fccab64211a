// Files in messages: what is inline and large goes to the object store and the message keeps its digest; what is
// referenced must be there and be the sender's. What is at an address of the sender's is to be fetched, where an operator
// named hosts for it; else the address is passed on. Half of the request's time is for this, so that what is known by then
// can still be recorded within the other half.
#include "gateway/materials/file_check.hpp"
#include "gateway/materials/file_name.hpp"
#include "gateway/materials/keeping.hpp"
#include "gateway/materials/scanning.hpp"
#include "gateway/materials/sender_hosts.hpp"
#include "monitoring/log.hpp"

namespace tongban::materials {

namespace asio = boost::asio;
using ledger::files_taken;
using clock = std::chrono::steady_clock;
using kind = file_work::kind;
using standing = file_work::standing;
using work_end = workers::end;

namespace {

std::string_view type_of(const v1::MaterialFile& file) {
    return media_type_of(std::string_view(file.content()).substr(0, sniffed_bytes));
}

class file_intake {
public:
    file_intake(v1::Dossier& dossier, ledger::files_of_message from, clock::time_point deadline, std::shared_ptr<room> in)
        : dossier_(dossier), from_(std::move(from)), until_(clock::now() + (deadline - clock::now()) / 2),
          room_(std::move(in)) {}

    asio::awaitable<files_taken> run() {
        co_await deal_with_all();
        // Also of a message that is refused the record has the lifted form: by it one that is sent again is recognised.
        ledger::for_each_file(dossier_, [&](std::uint32_t, v1::MaterialFile& file) {
            if (file.content().size() >= room_->parts.settings.lift_bytes_min) {
                take_out(file, security::hex_of(security::digest_of(security::digest_algorithm::sha256, file.content())));
            }
        });
        co_return std::move(taken_);
    }

private:
    asio::awaitable<void> deal_with_all() {
        std::uint64_t bytes = 0;
        ledger::for_each_file(dossier_, [&](std::uint32_t number, v1::MaterialFile& file) {
            bytes += file.content().size();
            make_name_harmless(number, file);
            sort(number, file);
        });
        const auto day_max = room_->parts.settings.partner_bytes_per_day_max;
        if (bytes > 0 && !room_->spent.spend(from_.partner->id, bytes, day_max)) {
            room_->metrics.limits.with({"bytes_per_day"}).add();
            taken_.later = {"daily-bytes", "今日文件总量已达上限，请明日重发或请运维调整上限",
                            "Today's bytes of files are spent: send it tomorrow, or ask the operator for more"};
        }
        bool goes_on = !taken_.later && !taken_.refused(); // until one cannot be dealt with
        for (auto& [work, file] : works_) {
            if (goes_on) {
                co_await look_at(*work);
            }
            give_back(*work, *file);
            if (goes_on) {
                settle(*work, *file);
                goes_on = work->is != standing::open && work->is != standing::refused;
            }
        }
    }

    // A file of the message, and the place in the dossier that its content is taken from while it is looked at.
    struct one_file {
        std::shared_ptr<file_work> work;
        v1::MaterialFile* file;
    };

    void add_work(std::uint32_t number, v1::MaterialFile& file, kind what) {
        auto work = std::make_shared<file_work>();
        work->number = number;
        if (what == kind::content) {
            work->content = std::make_shared<std::string>(std::move(*file.mutable_content()));
            file.clear_content();
        }
        work->said = file;
        work->name = file.sha256();
        works_.push_back({std::move(work), &file});
    }

    // A step that goes on without us still reads the content.
    static void give_back(const file_work& work, v1::MaterialFile& file) {
        if (work.content) {
            *file.mutable_content() = work.is_read_still ? *work.content : std::move(*work.content);
        }
    }

    asio::awaitable<void> look_at(file_work& work) {
        const bool is_content = work.what() == kind::content;
        const bool ran = co_await room_->disk.run([&] {
            is_content ? check_digests(*room_, work) : look_into_cases(*room_, from_.region, work);
        });
        if (!ran) {
            co_return busy_with(work);
        }
        if (work.is == standing::refused) {
            co_return;
        }
        if (!is_content) {
            co_return co_await look_up(work);
        }
        const bool may_stay = co_await passes_scanner(work);
        if (may_stay) {
            co_await store(work);
        }
    }

    static void busy_with(file_work& work) {
        work.later = {"busy", "网关繁忙：文件处理队列已满，请稍后重发同一报文",
                      "Busy: the queue for files is full. Send the same message again"};
    }

    // False: `work` says why.
    asio::awaitable<bool> passes_scanner(file_work& work) {
        if (!room_->parts.scanner) {
            co_return true;
        }
        boost::system::result<std::shared_ptr<upload>> beside = make_error_code(staging_errc::failed);
        const bool ran = co_await room_->disk.run([&] { beside = write_beside(*room_, from_, *work.content); });
        if (!ran) {
            busy_with(work);
            co_return false;
        }
        auto verdict = objects::scan_verdict::unavailable;
        if (beside) {
            verdict = co_await scan_beside(room_, *beside, work.name, until_);
        } else if (beside.error() == staging_errc::crowded) {
            room_->metrics.count_if_crowded(beside.error());
        } else {
            room_->metrics.store_errors.with({"stage", kind_of(beside.error())}).add();
            monitoring::log(monitoring::severity::error, "material_not_staged",
                            {{"partner", from_.partner->id}, {"reason", beside.error().message()}});
        }
        if (verdict == objects::scan_verdict::refused) {
            work.refuse("scan", "文件未通过安全检查", "the scanner refuses this file");
        } else if (verdict == objects::scan_verdict::unavailable) {
            work.later = {"scan-unavailable", "安全检查暂不可用，请稍后重发同一报文",
                          "The scanner cannot be asked now: send the same message again"};
        }
        co_return verdict == objects::scan_verdict::clean;
    }

    asio::awaitable<void> store(file_work& work) {
        if (work.content->size() < room_->parts.settings.lift_bytes_min) {
            work.is = standing::inside;
            co_return;
        }
        const auto done = std::make_shared<boost::system::result<void>>();
        std::function<void()> job = [in = room_, done, name = work.name, region = from_.region, content = work.content] {
            *done = keep_file(*in->store, name, region, *objects::source_of_bytes(*content));
        };
        const auto ended = co_await at_store(room_, from_.partner->id, until_, std::move(job));
        const bool is_done = ended == work_end::done && *done;
        work.is_read_still = ended == work_end::late;
        work.is = is_done ? standing::stored : standing::not_put;
        work.error = is_done ? boost::system::error_code() : ended == work_end::done ? done->error() : no_answer();
    }

    asio::awaitable<void> look_up(file_work& work) {
        const auto own = std::make_shared<file_work>(work);
        std::function<void()> job = [in = room_, own, from = from_] { look_into_store(*in, from, *own); };
        const auto ended = co_await at_store(room_, from_.partner->id, until_, std::move(job));
        if (ended == work_end::done) {
            work = *own;
        } else {
            work.cannot_be_asked(no_answer());
        }
    }

    static boost::system::error_code no_answer() { return make_error_code(objects::errc::unavailable); }

    // A path in a name would leave with it, and be another city's to stumble over.
    void make_name_harmless(std::uint32_t number, v1::MaterialFile& file) {
        auto safe = file.name().empty() ? std::string() : safe_file_name(file.name());
        if (safe != file.name()) {
            file.set_name(std::move(safe));
            warn(number, "file_name", "文件名含路径或不宜的字符，已只保留文件名部分",
                 "the file's name holds a path or characters that are none of a name: what is left of it is kept");
        }
    }

    // What is to be done with a file.
    void sort(std::uint32_t number, v1::MaterialFile& file) {
        if (!file.content().empty()) {
            const auto type = type_of(file);
            if (!room_->types.has(type)) {
                add_fault(number, {{}, "type", "不接受这种类型的文件：" + std::string(type),
                                   "files of this type are not taken: " + std::string(type), false});
                return;
            }
            const bool says_digest = !file.sha256().empty() || !file.sm3().empty();
            if (says_digest || room_->parts.scanner || file.content().size() >= room_->parts.settings.lift_bytes_min) {
                add_work(number, file, kind::content);
            }
        } else if (ledger::is_reference(file)) {
            if (objects::is_object_name(file.sha256())) {
                add_work(number, file, kind::reference);
            }
        } else if (is_elsewhere(file) && !from_.partner->file_hosts.empty()) {
            taken_.to_fetch.push_back(number);
            tell_what_is_known(number, file);
        }
    }

    // What will not be fetched is told at once; it is no reason to refuse the case.
    void tell_what_is_known(std::uint32_t number, const v1::MaterialFile& file) {
        if (allowed_host(*from_.partner, file.url()) == nullptr) {
            warn(number, "file_host", "文件网址不是登记的 https 主机，网关不会取件",
                 "the address is no https address of a registered host: it is not fetched");
        } else if (is_expired(file, std::chrono::system_clock::now())) {
            warn(number, "file_expired", "文件网址已过期，网关不会取件", "the address has expired: it is not fetched");
        }
    }

    bool may_wait() const { return room_->parts.settings.inline_when_down || from_.may_follow; }

    void settle(file_work& work, v1::MaterialFile& file) {
        if (work.error) {
            room_->metrics.store_errors.with({work.content ? "lift" : "stat", kind_of(work.error)}).add();
        }
        if (work.later) {
            taken_.later = work.later;
        }
        switch (work.is) {
        case standing::open:
        case standing::inside:
        case standing::elsewhere: return;
        case standing::refused: return add_fault(work.number, std::move(work.fault));
        case standing::stored:
            taken_.referenced.push_back(*security::bytes_of_hex(work.name));
            if (work.content) {
                room_->metrics.lifted.with({"lifted"}).add();
                take_out(file, work.name);
            }
            return;
        case standing::not_put:
        case standing::not_known: return wait(work, file);
        }
    }

    // Gives the content.
    static std::string take_out(v1::MaterialFile& file, const std::string& name) {
        file.set_sha256(name);
        file.set_size(static_cast<std::int64_t>(file.content().size()));
        file.clear_url();
        if (file.media_type().empty()) {
            file.set_media_type(std::string(type_of(file)));
        }
        auto content = std::move(*file.mutable_content());
        file.clear_content();
        return content;
    }

    // The store is away: the case goes on without it where its item or the operator says so, and the file follows.
    void wait(const file_work& work, v1::MaterialFile& file) {
        if (!may_wait()) {
            taken_.later = {"store-unavailable", "材料存储暂不可用，请稍后重发同一报文",
                            "The object store cannot be used now: send the same message again"};
            return;
        }
        monitoring::log(monitoring::severity::warning, "material_pending",
                        {{"partner", from_.partner->id}, {"sha256", work.name}, {"reason", work.error.message()},
                         {"kept", work.content ? "inline" : "by digest"}});
        taken_.to_fetch.push_back(work.number);
        if (work.content) {
            room_->metrics.lifted.with({"kept_inline"}).add();
            taken_.kept_inline.emplace_back(work.number, take_out(file, work.name));
        }
    }

    void add_fault(std::uint32_t number, files_taken::fault fault) {
        fault.place = ledger::place_of_file(dossier_, number);
        taken_.faults.push_back(std::move(fault));
    }
    void warn(std::uint32_t number, const char* rule, const char* zh, const char* en) {
        add_fault(number, {{}, rule, zh, en, true});
    }

    v1::Dossier& dossier_;
    const ledger::files_of_message from_;
    const clock::time_point until_;
    const std::shared_ptr<room> room_;
    std::vector<one_file> works_;
    files_taken taken_;
};

asio::awaitable<files_taken> nothing() {
    co_return files_taken{};
}

asio::awaitable<files_taken> take_files(v1::Dossier& dossier, ledger::files_of_message from, clock::time_point deadline,
                                          std::shared_ptr<room> in) {
    file_intake call(dossier, std::move(from), deadline, std::move(in));
    co_return co_await call.run();
}

} // namespace

asio::awaitable<files_taken> materials::take(v1::Dossier& dossier, const ledger::files_of_message& from,
                                             std::chrono::steady_clock::time_point deadline) {
    bool any = false;
    const v1::Dossier& looked_at = dossier;
    ledger::for_each_file(looked_at, [&](std::uint32_t, const v1::MaterialFile&) { any = true; });
    return any ? take_files(dossier, from, deadline, room_) : nothing();
}

} // namespace tongban::materials
