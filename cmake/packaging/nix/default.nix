# Nix: nix-build cmake/packaging/nix, from the sources beside it.
{ pkgs ? import <nixpkgs> { } }:

pkgs.stdenv.mkDerivation {
  pname = "reuse-tcp";
  version = "0.1.0";
  src = ../../..;

  nativeBuildInputs = [ pkgs.cmake ];
  cmakeFlags = [ "-DBUILD_TESTING=OFF" ];

  meta = {
    description = "Learn, try and diagnose how TCP sockets share addresses and ports";
    homepage = "https://vaishnavsm.com";
    mainProgram = "reuse";
    platforms = pkgs.lib.platforms.unix;
  };
}
