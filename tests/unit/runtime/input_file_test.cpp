#include "core/runtime/input_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <csignal>
#include <thread>

#include "core/runtime/files.h"
#include "unit/error_matchers.h"
#include "unit/run_context.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using std::chrono_literals::operator""ms;
using test::error_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr InputLimit kTen{10, 10};

class InputFile : public ::testing::Test {
 protected:
  [[nodiscard]] std::string fifo() const {
    auto path = folder.path() + "/fifo";
    mkfifo(path.c_str(), 0600);
    return path;
  }
  // How reading ends within that time.
  std::string refusal_within(Duration time, const std::string& path, const InputLimit& limit) {
    run.time_out_after(time);
    return error_of([&] { read_input(path, limit, run.context.patience()); });
  }

  test::TemporaryFolder folder;
  test::RunContext run;
};

TEST_F(InputFile, IsReadWhole) {
  const std::string content(200'000, '\0');
  EXPECT_EQ(read_input(folder.write("a", content), kBodyLimit, run.context.patience()), content);
}

TEST_F(InputFile, MayBeAPipeThatIsWrittenLater) {
  const auto path = fifo();
  std::thread writer([&] {
    const UniqueFd pipe(open(path.c_str(), O_WRONLY | O_CLOEXEC));  // waits for the reader
    write_all(pipe.get(), "one ", path);
    write_all(pipe.get(), "two", path);
  });
  EXPECT_EQ(read_input(path, kBodyLimit, run.context.patience()), "one two");
  writer.join();
}

TEST_F(InputFile, ThatNobodyWritesEndsWithTheDeadline) {
  const auto path = fifo();
  EXPECT_EQ(refusal_within(30ms, path, kBodyLimit),
            "timeout: timed out while reading '" + path + "'");
}

TEST_F(InputFile, ThatIsEndlessEndsAtTheLimit) {
  EXPECT_THAT(error_of([&] {
                read_input("/dev/zero", {1 << 20, 1 << 20}, run.context.patience());
              }),
              StartsWith("usage: '/dev/zero' is too large: more than 1 MiB"));
  EXPECT_THAT(
      error_of([&] { read_input(folder.write("a", "eleven char"), kTen, run.context.patience()); }),
      HasSubstr("is too large"));
  EXPECT_EQ(read_input(folder.write("b", "ten chars."), kTen, run.context.patience()),
            "ten chars.");
}

TEST_F(InputFile, ThatIsEndlessEndsWithTheDeadline) {
  EXPECT_EQ(refusal_within(0ms, "/dev/zero", kBodyLimit),
            "timeout: timed out while reading '/dev/zero'");
}

TEST_F(InputFile, ThatCannotBeReadSaysWhy) {
  const auto missing = folder.path() + "/none";
  EXPECT_EQ(error_of([&] { read_input(missing, kTen, run.context.patience()); }),
            "io: cannot read '" + missing + "': No such file or directory");
  EXPECT_EQ(error_of([&] { read_input(folder.path(), kTen, run.context.patience()); }),
            "io: cannot read '" + folder.path() + "': Is a directory");
}

TEST_F(InputFile, StopsReadingAtASignal) {
  const auto path = fifo();
  EXPECT_IN_CHILD([&] {
    std::raise(SIGINT);
    EXPECT_THROW(read_input(path, kBodyLimit, run.context.patience()), Interrupted);
    EXPECT_THROW(read_input("/dev/zero", kBodyLimit, run.context.patience()), Interrupted);
  });
}

TEST_F(InputFile, OfASecretIsItsFirstLine) {
  const auto secret = [&](std::string_view content) {
    return read_secret(folder.write("a", content), run.context.patience());
  };
  EXPECT_EQ(secret("s3 cret\nsecond\n"), "s3 cret");
  EXPECT_EQ(secret("secret\r\n"), "secret");
  EXPECT_EQ(secret("secret"), "secret");
}

TEST_F(InputFile, OfASecretIsRefusedWhenEmptyOrReadableByOthers) {
  EXPECT_THAT(error_of([&] { read_secret(folder.write("a", "\nx"), run.context.patience()); }),
              StartsWith("usage: "));
  const auto open_to_all = folder.write("b", "secret", 0644);
  EXPECT_EQ(error_of([&] { read_secret(open_to_all, run.context.patience()); }),
            "usage: '" + open_to_all + "' holds a secret and is readable by others | chmod 600 " +
                open_to_all);
}

TEST_F(InputFile, ForALibraryIsACopyUnlessItIsARegularFile) {
  const auto regular = folder.write("a", "content");
  EXPECT_EQ(name_for_library(regular, run.context.patience()), regular);
  test::Pipe pipe;
  write_all(pipe.write_end.get(), "certificate", "");
  pipe.write_end.reset();
  const auto path = "/dev/fd/" + std::to_string(pipe.read_end.get());
  EXPECT_EQ(read_file(name_for_library(path, run.context.patience())), "certificate");
}

}  // namespace
}  // namespace mscomm
