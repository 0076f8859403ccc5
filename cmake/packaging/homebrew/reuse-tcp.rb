# Homebrew. No archive has been published so far: set url to where it lies, and add its sha256.
class ReuseTcp < Formula
  desc "Learn, try and diagnose how TCP sockets share addresses and ports"
  homepage "https://vaishnavsm.com"
  url "https://reuse.example/reuse-0.1.0.tar.gz"
  # license: none has been given so far

  depends_on "cmake" => :build

  def install
    system "cmake", "-S", ".", "-B", "build", "-DBUILD_TESTING=OFF", *std_cmake_args
    system "cmake", "--build", "build"
    system "cmake", "--install", "build"
  end

  test do
    assert_match "ok", shell_output("#{bin}/reuse try 'a bind 127.0.0.1:P'")
  end
end
