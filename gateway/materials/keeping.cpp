#include "gateway/materials/keeping.hpp"

#include "gateway/materials/notes.hpp"

namespace tongban::materials {

namespace {

boost::system::result<void> put_note(objects::object_store& store, const std::string& note) {
    return store.put(name_of_note(note), *objects::source_of_bytes(note));
}

boost::system::result<void> stays(const objects::object_store& store, const std::string& name) {
    const auto note = store.stat(name_of_note(leaving_note(name)));
    if (!note || !*note) {
        return note ? boost::system::result<void>() : note.error();
    }
    const auto file = store.stat(name);
    if (!file) {
        return file.error();
    }
    const bool is_later = *file && (*file)->written_at >= (*note)->written_at + leaving_lasts;
    return is_later ? boost::system::result<void>() : make_error_code(objects::errc::leaving);
}

boost::system::result<void> keep_what_was_put(objects::object_store& store, const std::string& name,
                                              const std::string& region, boost::system::result<void> done) {
    if (done) {
        done = put_note(store, holder_note(region, name));
    }
    return done ? stays(store, name) : done;
}

} // namespace

boost::system::result<void> keep_file(objects::object_store& store, const std::string& name, const std::string& region,
                                      const objects::object_source& bytes) {
    return keep_what_was_put(store, name, region, store.put(name, bytes));
}

boost::system::result<void> keep_file(objects::object_store& store, const std::string& name, const std::string& region,
                                      const std::filesystem::path& staged) {
    return keep_what_was_put(store, name, region, store.adopt(name, staged));
}

} // namespace tongban::materials
